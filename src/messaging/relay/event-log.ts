import type { LoggedEvent } from '../events/event.ts'
import type { ShardLease } from '../ownership/shard-leases.ts'

/** A place in a shard's commit order. `txid` is an xid8 as text (64 bit). */
export interface LogPosition {
  readonly txid: string
  readonly pos: string
}

/** A log row ready to be published. `message` is the CloudEvent (structured mode JSON) as it goes on the wire. */
export interface OutgoingEvent {
  readonly position: LogPosition
  readonly shard: number
  readonly eventId: string
  readonly tenantSlug: string
  readonly entityKey: string
  readonly type: string
  readonly message: string
  /** How long ago it was accepted when it was read, by the database's clock, milliseconds. Left out where nobody measures it. */
  readonly ageMs?: number
}

/** What the relay reads and where it remembers how far it came. */
export interface EventLogOutbox {
  /**
   * Rows behind each owned shard's cursor that every earlier transaction can no longer overtake
   * (`txid < pg_snapshot_xmin(pg_current_snapshot())`), in commit order within the shard. One query for all shards.
   * Shards that are paused (OutboxControl) have none.
   */
  unpublished(leases: readonly ShardLease[], perShardMax: number): Promise<readonly OutgoingEvent[]>

  /**
   * Moves cursors forward, each guarded by its lease's epoch. Returns the shards whose lease was lost: their cursor did
   * not move and their rows will be published again by the new owner (consumers skip them by entity order).
   */
  advance(moves: readonly { lease: ShardLease; to: LogPosition }[]): Promise<readonly number[]>

  /** Counts a failed publication of these events, beside the log: `retry_count` of event_outbox. `why` carries no data. */
  recordTrouble(eventIds: readonly string[], why: string): Promise<void>

  /** Events of one entity from `fromSeq` (inclusive) to `toSeq` (exclusive), in order: what a consumer missed. */
  entityRange(
    tenantId: string,
    entityKey: string,
    fromSeq: number,
    toSeq: number,
  ): Promise<readonly LoggedEvent[]>
}
