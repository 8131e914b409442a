import type { JsonObject } from '../../kernel/json.ts'
import type { Command, LeasedCommand } from '../commands/command.ts'
import { switchedOffReason } from '../commands/integration-control.ts'
import type { MessageNotice } from '../commands/message-notice.ts'

/**
 * Why an integration takes no calls.
 *   down          it, or the place where its tokens come from, is not there or fails
 *   credentials   it refuses ours, or we have none
 *   quota         it asks to be left alone: too many calls, a used up day
 *   off           a person switched it off
 */
export const gateTroubles = ['down', 'credentials', 'quota', 'off'] as const
export type GateTrouble = (typeof gateTroubles)[number]

/** An integration of a tenant that takes no calls now, by what its last calls told. */
export interface ShutGate {
  readonly tenantId: string
  readonly integration: string
  /** closed: it asked for a pause. */
  readonly breaker: 'open' | 'closed'
  /** Code of why; empty when nobody said. */
  readonly reason: string
  /** For how long, without a call that went well. */
  readonly shutMs: number
}

/** Codes of refused or missing credentials, and how all others of them begin: there is no token. */
export const credentialReasons: readonly string[] = ['NX-CALL-CREDENTIALS', 'NX-SECRET-MISSING']
export const credentialReasonStart = 'NX-AUTH-'
const quotaReasons: ReadonlySet<string> = new Set(['NX-CALL-RATE-LIMITED', 'NX-CALL-QUOTA', ''])

/** Is it for refused or missing credentials that a gate is shut? Waiting does not help then. */
export function isCredentialReason(reason: string): boolean {
  return credentialReasons.includes(reason) || reason.startsWith(credentialReasonStart)
}

/** Why the gate is shut. A pause that a token endpoint asked for is `down`: the credentials may be good. */
export function troubleOf({ breaker, reason }: Pick<ShutGate, 'breaker' | 'reason'>): GateTrouble {
  if (reason === switchedOffReason) return 'off'
  if (breaker === 'open' && isCredentialReason(reason)) return 'credentials'
  return breaker === 'closed' && quotaReasons.has(reason) ? 'quota' : 'down'
}

/** A due command behind a shut gate of which every attempt so far certainly did nothing. */
export interface StuckCommand {
  /** As it stands; nobody holds its lease. */
  readonly leased: LeasedCommand
  /** What is known of the entity that it is about. */
  readonly fields: JsonObject
}

/** A command that is to go out over another integration. */
export interface FailoverMove {
  readonly leased: LeasedCommand
  /** The gate must still have been shut for so long, milliseconds. */
  readonly afterMs: number
  readonly instead: Command
  /** For people: why it moved. */
  readonly why: string
  readonly notice: MessageNotice
}

/** Where a round over the commands behind a gate goes on. */
export interface StuckCursor {
  readonly priority: number
  readonly nextAttemptAt: string
  readonly n: string
}

/** Commands behind shut gates. Throws NX-DB-…. */
export interface FailoverQueue {
  /** Gates that are shut by what calls told and have ready commands, by tenant and integration behind `after`, at most `max`. */
  shutGates(
    after: Pick<ShutGate, 'tenantId' | 'integration'> | null,
    max: number,
  ): Promise<readonly ShutGate[]>
  /** Those that may be moved, highest priority first; `next` is null when there are no more. One tenant at a time. */
  stuckBehind(
    gate: Pick<ShutGate, 'tenantId' | 'integration'>,
    after: StuckCursor | null,
    max: number,
  ): Promise<{ readonly stuck: readonly StuckCommand[]; readonly next: StuckCursor | null }>
  /**
   * Ends them as cancelled and queues what goes out instead, with an audit row each, in one transaction. What was claimed, tried, or
   * ended meanwhile stays, and so does everything while the gate is open, or that of the other integration shut. One tenant at a time.
   * Returns the ids of those that moved.
   */
  move(moves: readonly FailoverMove[]): Promise<ReadonlySet<string>>
}

/** What the configuration says of stuck commands. */
export interface FailoverPlans {
  /** false: nothing of this tenant moves, so that nobody need look. Throws what the configuration's store throws. */
  mayMove(tenantId: string): Promise<boolean>
  /** null: it stays. Throws what the configuration's store throws. */
  plan(stuck: StuckCommand, gate: ShutGate): Promise<FailoverMove | null>
}
