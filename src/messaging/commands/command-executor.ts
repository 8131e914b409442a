import type { AttemptOutcome, LeasedCommand } from './command.ts'

/** Carries a command to the outside. Never throws: what went wrong is the outcome. */
export interface CommandExecutor {
  /** Ends before `leased.leaseEndsMs`; an aborted call that had left is an unknown outcome unless it may be repeated. */
  execute(leased: LeasedCommand, signal: AbortSignal): Promise<AttemptOutcome>

  /** How many calls of this integration may be in flight at once (its bulkhead). */
  concurrency(tenantId: string, integration: string): number
}
