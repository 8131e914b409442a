import type { JsonObject, JsonValue } from '../../kernel/json.ts'
import type { CallReport } from './gate.ts'

export type CommandPriority = 'high' | 'normal' | 'low'

/** The lower goes first. */
export const priorityRanks: Readonly<Record<CommandPriority, number>> = { high: 0, normal: 1, low: 2 }

/** May the call be repeated when nobody knows whether it took effect? */
export type Repeatable =
  /** Yes: the vendor honours our key, or the operation sets rather than adds. */
  | 'yes'
  /** No: an attempt whose outcome is unknown waits for a look-up or a person. */
  | 'no'

/** What a rule or a workflow step asks of an integration. Immutable. */
export interface Command {
  /** derivedId of the idempotency key's parts: the same cause makes the same command. */
  readonly id: string
  readonly tenantId: string
  readonly workspace: string
  /** The entity it is about: `<workspace>/<kind>/<id>`. */
  readonly entityKey: string
  readonly eventId: string
  readonly rootId: string
  readonly correlationId: string
  /** Depth of the causing event; its result events are one deeper. */
  readonly depth: number
  /** `RuleSet/inbound-replies#hot-price-question` or `Workflow/speed-to-lead#greet`. */
  readonly cause: string
  readonly instanceId: string | null
  readonly integration: string
  readonly operation: string
  /** Rendered input; leaves keep their types. */
  readonly input: JsonObject
  readonly idempotencyKey: string
  readonly priority: CommandPriority
  readonly repeatable: Repeatable
  /** Not before. RFC 3339, UTC. */
  readonly dueAt: string
  /** Do rules or workflows listen to its result? Otherwise the result is recorded and does not travel the bus. */
  readonly routeResult: boolean
  /** The command that this one was made from by an edit, if any. */
  readonly parentId: string | null
}

/** What strictly keeps its order: the commands of one entity to one integration. */
export function laneKey(command: Pick<Command, 'tenantId' | 'entityKey' | 'integration'>): string {
  return `${command.tenantId}/${command.integration}/${command.entityKey}`
}

/** A command that this daemon may carry out now. `runLease` must accompany every write about this attempt. */
export interface LeasedCommand {
  readonly command: Command
  readonly attempt: number
  readonly runLease: string
  /** When the first attempt was made; null on the first. RFC 3339. */
  readonly firstAttemptAt: string | null
  /** When this attempt's lease ends, on the database clock as seen by this daemon (monotonic milliseconds). */
  readonly leaseEndsMs: number
  /** The one call by which a half-open gate finds out whether the other side is back. */
  readonly probe?: boolean
}

/** Why an attempt failed, without secrets. */
export interface AttemptError {
  readonly code: string
  readonly message: string
  /** HTTP status, if there was an answer. */
  readonly status: number | null
  /** The first part of the answer, redacted. */
  readonly answer: string | null
}

/** How an attempt ended, as the executor saw it. */
export type AttemptOutcome = AttemptEnd & {
  /** What it says about the integration; derived from the rest when absent. */
  readonly report?: CallReport
}

type AttemptEnd =
  | { readonly state: 'succeeded'; readonly result: JsonValue; readonly status: number | null }
  /** Failed and certainly had no effect, or may safely be repeated. Counts as an attempt. */
  | {
      readonly state: 'retryable'
      readonly error: AttemptError
      readonly retryAfterMs: number | null
      /** The other side certainly did nothing. Left out: nobody knows. */
      readonly notExecuted?: boolean
    }
  /** The vendor or the road to it is not taking calls (429, breaker open, connection refused). Spends no attempt. */
  | {
      readonly state: 'parked'
      readonly error: AttemptError
      readonly retryAfterMs: number | null
      readonly wholeIntegration: boolean
      /** false: nobody knows whether the other side did it all the same. Left out: it certainly did nothing. */
      readonly notExecuted?: boolean
    }
  /** It will never succeed as it is. */
  | { readonly state: 'permanent'; readonly error: AttemptError }
  /** The request left, no answer came, and repeating it could do it twice. */
  | { readonly state: 'unknown_outcome'; readonly error: AttemptError }

export type CommandState = 'waiting' | 'ready' | 'leased' | 'in_doubt' | 'succeeded' | 'dead' | 'cancelled'
