import type { JsonObject } from '../../kernel/json.ts'

/** Whom an event is about: `lead/42`. Events without a subject are about `integration/<name>`. */
export interface EntityRef {
  readonly kind: string
  readonly id: string
}

/**
 * Where an event comes from.
 *   external  a producer outside: HTTP, a vendor's webhook, NX_INGEST
 *   emitted   a rule, a score band, a workflow or a Schedule made it
 *   result    a command ended (`command.succeeded`, `command.failed`)
 *   timer     a workflow's wait is over (`timer.due`)
 *   replay    a person asked for an earlier event to be handled again
 */
export type EventOrigin = 'external' | 'emitted' | 'result' | 'timer' | 'replay'

/** One event, with what ties it to its causes. Immutable once accepted. */
export interface NxEvent {
  /** UUIDv7 for accepted events, derived from the cause for made ones. The `:id` of every URL and command. */
  readonly id: string
  readonly tenantId: string
  readonly workspace: string
  /** Lower-case words joined by dots: `lead.created`. */
  readonly type: string
  readonly subject: EntityRef
  /** The producer's name for itself and its id for the event; together the inbox key within a tenant. */
  readonly source: string
  readonly externalId: string
  /** When it happened, by the producer's clock. RFC 3339, UTC. */
  readonly time: string
  readonly data: JsonObject
  readonly origin: EventOrigin
  /** The same for everything that belongs together; the root's id unless the producer gave one. */
  readonly correlationId: string
  /** The id of the event, or the command, that caused this one; null for a root. */
  readonly causationId: string | null
  /** The id of the external event at the top of the chain; its own id for a root. */
  readonly rootId: string
  /** 0 for a root, +1 for emitted events and results of commands. A timer starts anew at 0. */
  readonly depth: number
  /** Set on a replay that concerns one rule only: `<rule set>/<rule id>`. */
  readonly only?: string
}

/** An event with its place in its entity's order, as the log holds it. */
export interface LoggedEvent extends NxEvent {
  readonly shard: number
  /** 1, 2, 3 … within the entity, without gaps. */
  readonly entitySeq: number
  /** When Postgres took it. RFC 3339, UTC. */
  readonly acceptedAt: string
}

/** The longest causal chain: an event deeper than this is not emitted; the chain stops and says so. */
export const depthMax = 8

/** The largest event, bytes of its JSON. */
export const eventBytesMax = 512 * 1024

/** An event type: 1 to 8 lower-case words of letters, digits, `_` and `-`, joined by dots. */
export const eventTypePattern = /^[a-z][a-z0-9_-]{0,62}(\.[a-z0-9][a-z0-9_-]{0,62}){0,7}$/
