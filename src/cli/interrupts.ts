import { exitCodes } from './errors/exit-codes.ts'

/** What a signal does to a running command. */
export interface Interrupts {
  /** Aborted by the first signal when the command has asked to end by itself. */
  readonly signal: AbortSignal
  /** From here on the first signal aborts `signal`; a second one ends the process at once. */
  endBySignal(): void
  /** The exit code of the signal that came; null when none did. */
  readonly exitCode: number | null
}

/**
 * Listens for SIGINT (130) and SIGTERM (143). Unless the command ends by itself, the process ends at once: what a command
 * has half done in the database is rolled back there. `onEnd` may say a last word.
 */
export function listenForInterrupts(onEnd: (exitCode: number) => void): Interrupts {
  const controller = new AbortController()
  let graceful = false
  let exitCode: number | null = null
  const handle = (code: number) => (): void => {
    const second = exitCode !== null
    exitCode = code
    if (graceful && !second) {
      controller.abort()
      return
    }
    onEnd(code)
    process.exit(code)
  }
  process.on('SIGINT', handle(exitCodes.interrupted))
  process.on('SIGTERM', handle(exitCodes.terminated))
  return {
    signal: controller.signal,
    endBySignal() {
      graceful = true
    },
    get exitCode() {
      return exitCode
    },
  }
}
