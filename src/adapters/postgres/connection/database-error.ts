import { errorText, NxError } from '../../../kernel/errors.ts'

/** Serialisation failure, deadlock, lock not available: the same transaction succeeds later. */
const retryStates = new Set(['40001', '40P01', '55P03'])

/** Connection exceptions, shutdown, starting up, too many connections. */
const unreachableStates = new Set([
  '57P01',
  '57P02',
  '57P03',
  '53300',
  '08000',
  '08001',
  '08003',
  '08004',
  '08006',
])

/** Disk full, out of memory, out of resources, an error of the disk; a standby that was not promoted: no statement is to blame. */
const exhaustedStates = new Set(['53000', '53100', '53200', '53400', '58000', '58030', '25006'])

const unreachableCodes = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EHOSTUNREACH',
  'ENOENT',
])

/** The SQLSTATE of a database error, or the operating system's code; undefined for anything else. */
export function errorCode(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined
  return typeof error.code === 'string' ? error.code : undefined
}

/** Would the same transaction succeed if it were tried again at once? */
export function isTransient(error: unknown): boolean {
  return retryStates.has(errorCode(error) ?? '')
}

/** Is there no partition for a row of today? */
export function isMissingPartition(error: unknown): boolean {
  return errorCode(error) === '23514' && errorText(error).startsWith('no partition of relation')
}

/**
 * A failure of the database as an error that its reader can act on. `detail` of a database error quotes rows, so only its
 * message, which names constraints and types, is passed on.
 */
export function databaseError(error: unknown): NxError {
  if (error instanceof NxError) return error
  const code = errorCode(error) ?? ''
  const text = errorText(error)
  if (retryStates.has(code)) {
    return new NxError('unavailable', 'NX-DB-RETRY', 'The database asks to try the transaction again', {
      detail: text,
      retryable: true,
      cause: error,
    })
  }
  if (unreachableStates.has(code) || unreachableCodes.has(code) || isLostConnection(text)) {
    return new NxError('unreachable', 'NX-DB-UNREACHABLE', 'The database does not answer', {
      detail: text,
      fix: 'Check that Postgres runs and that NEURONX_DATABASE_URL names it; `neuronx db status` shows more.',
      retryable: true,
      cause: error,
    })
  }
  if (exhaustedStates.has(code)) {
    return new NxError('unreachable', 'NX-DB-RESOURCES', 'The database cannot write now', {
      detail: text,
      fix: 'Look at the disk space and the memory of the database server, and whether it is the primary.',
      retryable: true,
      cause: error,
    })
  }
  if (code === '57014' || code === '25P03') {
    return new NxError('timeout', 'NX-DB-TIMEOUT', 'A statement took longer than allowed', {
      detail: text,
      retryable: true,
      cause: error,
    })
  }
  if (code === '28P01' || code === '28000' || code === '3D000') {
    return new NxError('configuration', 'NX-DB-LOGIN', 'The database refuses the login', {
      detail: text,
      fix: 'Check user, password and database name of NEURONX_DATABASE_URL.',
      cause: error,
    })
  }
  return new NxError('bug', 'NX-DB-STATEMENT', 'The database refused a statement', {
    detail: text,
    cause: error,
  })
}

/** pg reports by text alone that a connection broke, or that nothing came back over it in time. */
export function isLostConnection(text: string): boolean {
  return /^Connection terminated|^Query read timeout|^timeout exceeded when trying to connect|^Client has encountered a connection error/.test(
    text,
  )
}
