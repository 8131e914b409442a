import { errorText, NxError } from '../../kernel/errors.ts'

/** The code of a failure, for a dead letter. */
export function codeOf(error: unknown): string {
  return error instanceof NxError ? error.code : 'NX-EVENT-POISON'
}

/** The database or the lease, not any event: halving would only ask more often. */
export function isNobodysFault(error: unknown): boolean {
  return (
    error instanceof NxError &&
    (error.kind === 'unreachable' || error.code === 'NX-LEASE-LOST' || error.code === 'NX-DB-RETRY')
  )
}

/** Anything thrown as an NxError. */
export function asNxError(error: unknown): NxError {
  return error instanceof NxError
    ? error
    : new NxError('bug', 'NX-EVENT-POISON', errorText(error), { cause: error })
}

/** Would the same batch work later, or under another owner? Then it is not an event's fault. */
export function isTemporary(error: unknown): boolean {
  return error instanceof NxError && (error.retryable || error.code === 'NX-LEASE-LOST')
}
