import type { CrashPointName } from '../../../src/kernel/crash-points.ts'
import type { LogTransaction } from './memory-event-log.ts'

/** What may come between two statements of a transaction in memory: time, a broken connection, the end of the process. */
export interface TransactionSteps {
  /** The next statement is on its way. Throws when the connection is gone; never returns when the process is. */
  between(): Promise<void>
  reach(point: CrashPointName): void
  /** The transaction is open from here on: whoever plays the server may have to break it off. */
  opened(transaction: LogTransaction): void
}

/** Nothing comes between. */
export const atOnce: TransactionSteps = { between: async () => {}, reach: () => {}, opened: () => {} }
