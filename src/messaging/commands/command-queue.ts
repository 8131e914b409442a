import type { JsonValue } from '../../kernel/json.ts'
import type { AttemptError, LeasedCommand } from './command.ts'

/** What to write about an attempt. */
export type Settlement =
  | { readonly state: 'succeeded'; readonly result: JsonValue; readonly durationMs: number }
  | {
      readonly state: 'retry'
      readonly error: AttemptError
      readonly delayMs: number
      readonly spendsAttempt: boolean
      readonly durationMs: number
    }
  | {
      readonly state: 'dead'
      readonly deadClass: 'permanent' | 'exhausted'
      readonly error: AttemptError
      readonly durationMs: number
    }
  | { readonly state: 'in_doubt'; readonly error: AttemptError; readonly durationMs: number }

export interface SettledAttempt {
  readonly leased: LeasedCommand
  readonly settlement: Settlement
}

export interface ClaimOptions {
  readonly daemonId: string
  /** Most commands in all. */
  readonly max: number
  /** Most commands of one (tenant, integration) that this claim may take; what is in flight is already subtracted. */
  readonly perIntegration: (tenantId: string, integration: string) => number
  readonly leaseMs: number
}

/**
 * The command queue. Only the head of a lane is ever ready. Leases run on the database clock; every write about an attempt
 * is guarded by its `runLease`, so that an owner that lost its lease cannot finish what it lost.
 */
export interface CommandQueue {
  /**
   * Leases due commands, high priority first, then by due time. Integrations closed by `park` are passed over. Commands
   * that may be repeated count as sent from here on; for the others `markSent` must come before the call.
   */
  claim(options: ClaimOptions): Promise<readonly LeasedCommand[]>

  /** Writes `sent_at` for attempts that may not be repeated. Returns the ids whose lease still held; only those may be sent. */
  markSent(attempts: readonly LeasedCommand[]): Promise<ReadonlySet<string>>

  /**
   * Ends attempts in one transaction: outcome or next due time, result event (`command.succeeded` / `command.failed`), dead
   * letter with the last attempt, promotion of the lane's next command. Returns the ids whose lease was lost: nothing was
   * written for them.
   */
  settle(attempts: readonly SettledAttempt[]): Promise<ReadonlySet<string>>

  /** Closes an integration of a tenant for a while, for all daemons. */
  park(tenantId: string, integration: string, forMs: number, reason: string): Promise<void>

  /**
   * Attempts whose lease ran out: back to ready when they may be repeated or were never sent; else in doubt with a dead
   * letter of class `in_doubt`. Returns how many were recovered.
   */
  recoverExpired(): Promise<number>

  /** Milliseconds until the next command falls due; null when none waits. Bounds the idle wait. */
  nextDueMs(): Promise<number | null>
}
