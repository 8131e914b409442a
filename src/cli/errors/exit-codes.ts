import type { ErrorKind } from '../../kernel/errors.ts'

/** What the process says to its caller when it ends. From 64 on: sysexits, as systemd and Vector use them. */
export const exitCodes = {
  ok: 0,
  failed: 1,
  /** `plan`, `diff`, `drift`: there are changes or findings. */
  changes: 2,
  /** Some of the items of a bulk action failed. */
  partlyFailed: 3,
  unauthenticated: 4,
  pending: 8,
  usage: 64,
  badData: 65,
  notFound: 66,
  unreachable: 69,
  bug: 70,
  io: 74,
  tryLater: 75,
  denied: 77,
  configuration: 78,
  timeout: 124,
  interrupted: 130,
  terminated: 143,
} as const

const codeOfKind: Readonly<Record<ErrorKind, number>> = {
  usage: exitCodes.usage,
  invalid: exitCodes.badData,
  not_found: exitCodes.notFound,
  conflict: exitCodes.failed,
  unauthenticated: exitCodes.unauthenticated,
  denied: exitCodes.denied,
  unreachable: exitCodes.unreachable,
  unavailable: exitCodes.tryLater,
  configuration: exitCodes.configuration,
  io: exitCodes.io,
  timeout: exitCodes.timeout,
  bug: exitCodes.bug,
}

/** The exit code of a failure of this kind. */
export function exitCodeOf(kind: ErrorKind): number {
  return codeOfKind[kind]
}

/** Did the command do what it was asked, whether or not it found changes? The envelope's `ok`. */
export function isSuccess(exitCode: number): boolean {
  return exitCode === exitCodes.ok || exitCode === exitCodes.changes || exitCode === exitCodes.pending
}
