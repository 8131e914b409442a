import type { JsonObject } from '../../../kernel/json.ts'
import type { PayloadMatch } from '../webhooks/webhook-definition.ts'

/** What is read now and then to find what webhooks lost: each item becomes the event that the webhook would have made. */
export interface ReconcileStream {
  readonly name: string
  /** A read with `pagination` and `incremental`. The order of its items does not matter. */
  readonly operation: string
  /** Templates read `connection` and `since`: since when is asked, RFC 3339, with the operation's `lookbackMs` taken off. */
  readonly input?: JsonObject | undefined
  /** Which items tell of something, by path. Default: all. */
  readonly take?: PayloadMatch | undefined
  /** What the webhook would have held. Templates read `item` and `connection`. Default: the item as it is. */
  readonly payload?: JsonObject | undefined
  readonly emits: readonly ReconcileEmit[]
}

/** One thing that an item tells, if it happened in the time that is read. */
export interface ReconcileEmit {
  /** The webhook mapping (its `when`) that it becomes an event by. It must have `alike`. */
  readonly as: string
  /** In the item: when it happened. */
  readonly at: string
  /** The happening's own id, unique within the integration: read again, it is the same. Templates read `item`. */
  readonly key: string
}

/** The reconciliation of a connector: how often, unless the document says so, and what. */
export interface ReconcileDefinition {
  readonly everyMs: number
  readonly streams: readonly ReconcileStream[]
}
