import type { JsonValue } from '../../kernel/json.ts'
import type { AttemptError, Command, LeasedCommand } from './command.ts'
import type { CallReport } from './gate.ts'
import type { MessageNotice } from './message-notice.ts'

/** What to write about an attempt. */
export type Settlement =
  | { readonly state: 'succeeded'; readonly result: JsonValue; readonly durationMs: number }
  | {
      readonly state: 'retry'
      readonly error: AttemptError
      readonly delayMs: number
      readonly spendsAttempt: boolean
      readonly durationMs: number
      /** The other side certainly did nothing. Left out: so it is when no attempt is spent. */
      readonly notExecuted?: boolean
    }
  | {
      readonly state: 'dead'
      readonly deadClass: 'permanent' | 'exhausted'
      readonly error: AttemptError
      readonly durationMs: number
    }
  | { readonly state: 'in_doubt'; readonly error: AttemptError; readonly durationMs: number }
  /** Not carried out: a policy wants it later. As if it had not been claimed, but for its due time and the reason. */
  | {
      readonly state: 'deferred'
      readonly error: AttemptError
      readonly delayMs: number
      readonly durationMs: number
    }
  /** Not carried out, for good: a policy forbids it. `instead` is queued in its place. Ends as cancelled. */
  | {
      readonly state: 'suppressed'
      readonly error: AttemptError
      readonly instead: Command | null
      readonly durationMs: number
    }

export interface SettledAttempt {
  readonly leased: LeasedCommand
  readonly settlement: Settlement
  /** What the attempt says about the integration; absent when nothing was tried. */
  readonly report?: CallReport
  /** For a message whose end somebody may want to know. */
  readonly notice?: MessageNotice
  /** It certainly did not go out: the slots that it holds under frequency caps are free again. What is suppressed needs no word. */
  readonly givesSlotBack?: boolean
}

/** What one integration may take in one claim. */
export interface ClaimShare {
  /** Most commands; what is under way here is subtracted already. */
  readonly room: number
  /** Calls a second of all daemons together, and how many may be saved up (at least 1). */
  readonly perSecond: number
  readonly burst: number
  /** Of its tenant among the tenants that have due commands; above 0, 1 by default. */
  readonly weight: number
  /** Calls of its tenant under way here; they count against its part. */
  readonly tenantInFlight: number
  /** Most commands of its tenant. */
  readonly tenantRoom: number
}

export interface ClaimOptions {
  readonly daemonId: string
  /** Most commands in all. */
  readonly max: number
  readonly leaseMs: number
  /** Asked for every integration with due commands, before anything of it is claimed. */
  readonly share: (tenantId: string, workspace: string, integration: string) => Promise<ClaimShare>
}

/**
 * The command queue. Only the head of a lane is ever ready. Leases run on the database clock; every write about an attempt
 * is guarded by its `runLease`, so that an owner that lost its lease cannot finish what it lost. Every integration has a gate:
 * a token bucket and a breaker that all daemons share.
 */
export interface CommandQueue {
  /**
   * Leases due commands. Tenants share what is handed out by weight, calls under way counted, and nothing is left lying
   * while somebody may take it; within a tenant high priority comes first, then integrations take turns. No integration
   * gets more than its tokens, none whose gate is shut; a half-open gate lets one through as a `probe`. Commands that may
   * be repeated count as sent from here on; for the others `markSent` must come before the call.
   */
  claim(options: ClaimOptions): Promise<readonly LeasedCommand[]>

  /** Writes `sent_at` for attempts that may not be repeated. Returns the ids whose lease still held; only those may be sent. */
  markSent(attempts: readonly LeasedCommand[]): Promise<ReadonlySet<string>>

  /**
   * Ends attempts in one transaction: outcome or next due time, result event (`command.succeeded` / `command.failed`), dead
   * letter with the last attempt, promotion of the lane's next command, and what the attempts say about their
   * integrations. Returns the ids whose lease was lost: nothing was written for them.
   */
  settle(attempts: readonly SettledAttempt[]): Promise<ReadonlySet<string>>

  /** Gives back attempts whose call was not begun: as if they had not been claimed. Those whose lease is lost are left alone. */
  release(attempts: readonly LeasedCommand[]): Promise<void>

  /**
   * Attempts whose lease ran out: back to ready when they may be repeated or were never sent; else in doubt with a dead
   * letter of class `in_doubt`. Returns how many were recovered.
   */
  recoverExpired(): Promise<number>

  /**
   * Gives up (`exhausted`) commands that fell due more than `maxElapsedMs` ago behind a gate that has been shut for as
   * long and is shut now: one whose time is over lets a call through first. Returns how many, at most 200.
   */
  giveUp(maxElapsedMs: number): Promise<number>

  /** Milliseconds until the next command may be claimed; null when none waits. Bounds the idle wait. */
  nextDueMs(): Promise<number | null>
}
