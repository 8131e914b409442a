import type { JsonValue } from '../../kernel/json.ts'
import type { ClearedCommand } from './cleared-command.ts'
import type { AttemptOutcome, LeasedCommand } from './command.ts'

/** What an integration may be asked for. */
export interface CallLimits {
  /** Calls a second of all daemons together. */
  readonly perSecond: number
  /** Calls that may be saved up, at least 1. */
  readonly burst: number
  /** Calls under way at once on one daemon (its bulkhead). */
  readonly concurrency: number
}

/** What a look at the other side told about a command of which nobody knew whether it took effect. */
export type Verification =
  | { readonly state: 'happened'; readonly result: JsonValue; readonly evidence: string }
  | { readonly state: 'did_not_happen'; readonly evidence: string }
  | { readonly state: 'unknown'; readonly why: string }
  /** Its operation declares no look-up: only a person can tell. */
  | { readonly state: 'not_verifiable' }

/** Carries commands to the outside that have passed the policy gate. Never throws: what went wrong is the outcome. */
export interface CommandExecutor {
  /** Ends before `leased.leaseEndsMs`; an aborted call that had left is an unknown outcome unless it may be repeated. */
  execute(cleared: ClearedCommand, signal: AbortSignal): Promise<AttemptOutcome>

  /** The limits of an integration under the active configuration. Never throws: what cannot be read gets a careful default. */
  limits(tenantId: string, workspace: string, integration: string): Promise<CallLimits>

  /**
   * Looks (GET only) whether the command took effect; `sentAgoMs` after it was sent. It says `did_not_happen` only when the
   * other side has had time to show it.
   */
  verify?(leased: LeasedCommand, sentAgoMs: number, signal: AbortSignal): Promise<Verification>
}
