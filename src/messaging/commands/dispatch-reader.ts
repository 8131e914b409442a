import type { JsonObject } from '../../kernel/json.ts'
import type { AttemptError, CommandState } from './command.ts'

/** Where an integration of a tenant stands. Times RFC 3339. */
export interface IntegrationStanding {
  readonly integration: string
  readonly breaker: 'closed' | 'open' | 'half_open'
  /** Until then no command is claimed; null when commands are. */
  readonly shutUntil: string | null
  /** Since when it has not taken calls without a break. */
  readonly shutSince: string | null
  /** Since when it only reads by itself, because its credentials are refused; null: it does not. */
  readonly readOnlySince: string | null
  /** Code of why the gate is, or was last, shut. */
  readonly reason: string | null
  /** Calls that may be begun at once, and how many a second are added; null when it was never called. */
  readonly tokens: number | null
  readonly perSecond: number | null
  /** Calls and failures of the last minute, as the breaker counts them. */
  readonly calls: number
  readonly failures: number
  readonly inFlight: number
  readonly ready: number
  readonly waiting: number
  readonly inDoubt: number
  /** When the oldest ready command fell due; null when none is due. */
  readonly oldestDue: string | null
}

/** A failed attempt. */
export interface AttemptView {
  readonly attempt: number
  readonly at: string
  readonly durationMs: number
  readonly error: AttemptError
}

/** What the policies let an attempt pass on. */
export interface ClearanceView {
  readonly at: string
  /** The policies that looked at it, the consent that it relied on, the template that it was sent as. */
  readonly reliedOn: JsonObject
}

/** What stands before a command in its lane. */
export interface LaneNeighbour {
  readonly id: string
  readonly operation: string
  readonly state: CommandState
  readonly nextAttemptAt: string
}

export interface CommandPlace {
  /** Failed attempts and those that a policy stopped, oldest first, at most 100. */
  readonly attempts: readonly AttemptView[]
  /** Attempts that policies were asked about and let pass, oldest first, at most 100. */
  readonly clearances: readonly ClearanceView[]
  /** Those before it in its lane, in order, at most 20. */
  readonly ahead: readonly LaneNeighbour[]
  /** How many are before it in all. */
  readonly aheadCount: number
  /** Its integration; null when it has no gate and no open commands. */
  readonly standing: IntegrationStanding | null
}

/** The read side of dispatching. Every call is confined to one tenant. */
export interface DispatchReader {
  /** Of one integration, or of all that have a gate or commands; by name, at most 500. */
  standings(tenantId: string, integration: string | null): Promise<readonly IntegrationStanding[]>
  /** null when there is no such command. */
  place(tenantId: string, commandId: string): Promise<CommandPlace | null>
}
