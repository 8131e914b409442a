import { NxError, errorText } from '../../kernel/errors.ts'
import type { ErrorPlace } from '../../kernel/errors.ts'
import { exitCodeOf, exitCodes } from './exit-codes.ts'
import { plainText, withoutPasswords } from '../text/plain-text.ts'

/** A failure as the envelope shows it. All texts are safe to print: no control characters, no passwords. */
export interface ErrorReport {
  readonly code: string
  readonly exit: number
  readonly retryable: boolean
  readonly title: string
  readonly detail: string | null
  readonly where: ErrorPlace | null
  readonly fix: string | null
}

const textMax = 4_000

/** What to say about anything thrown. What is not an NxError was not foreseen, so it is ours: NX-BUG. */
export function reportOf(error: unknown): ErrorReport {
  if (error instanceof NxError) {
    return {
      code: error.code,
      exit: exitCodeOf(error.kind),
      retryable: error.retryable,
      title: safe(error.message),
      detail: error.detail === undefined ? causeText(error) : safe(error.detail),
      where: error.where ?? null,
      fix: error.fix === undefined ? null : safe(error.fix),
    }
  }
  const system = systemErrorReport(error)
  if (system !== null) return system
  return {
    code: 'NX-BUG',
    exit: exitCodes.bug,
    retryable: false,
    title: 'neuronx failed in a way that was not foreseen',
    detail: safe(errorText(error)),
    where: null,
    fix: 'Run the command again with -vv and report what it prints.',
  }
}

function causeText(error: NxError): string | null {
  return error.cause === undefined ? null : safe(errorText(error.cause))
}

/** Failures of the operating system that reached the top: the network and the disk are not bugs. */
function systemErrorReport(error: unknown): ErrorReport | null {
  const code = systemCode(error)
  if (code === null) return null
  const unreachable = [
    'ECONNREFUSED',
    'ECONNRESET',
    'ENOTFOUND',
    'EAI_AGAIN',
    'EHOSTUNREACH',
    'ENETUNREACH',
    'ETIMEDOUT',
  ]
  if (unreachable.includes(code)) {
    return {
      code: 'NX-UNREACHABLE',
      exit: exitCodes.unreachable,
      retryable: true,
      title: 'A service does not answer',
      detail: safe(errorText(error)),
      where: null,
      fix: 'Check that it runs and that NEURONX_DATABASE_URL and NEURONX_NATS_URL point at it.',
    }
  }
  return {
    code: 'NX-IO',
    exit: exitCodes.io,
    retryable: false,
    title: 'A file could not be read or written',
    detail: safe(errorText(error)),
    where: null,
    fix: 'Check the path and its permissions.',
  }
}

function systemCode(error: unknown): string | null {
  if (error instanceof AggregateError)
    return error.errors.map((inner) => systemCode(inner)).find((code) => code !== null) ?? null
  if (!(error instanceof Error) || !('syscall' in error) || !('code' in error)) return null
  return typeof error.code === 'string' && /^E[A-Z]+/.test(error.code) ? error.code : null
}

function safe(text: string): string {
  const printable = withoutPasswords(plainText(text))
  return printable.length > textMax ? `${printable.slice(0, textMax)}…` : printable
}
