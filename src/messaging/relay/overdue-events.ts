import type { ShardLease } from '../ownership/shard-leases.ts'
import type { LogPosition, OutgoingEvent } from './event-log.ts'

/** Which published events their entities have not applied. */
export interface OverdueEvents {
  /**
   * Walks each owned shard's published events in commit order, from where it stopped: moves on over what is applied, and
   * returns what was accepted more than `olderThanMs` ago and is not. At most `perShardMax` rows of a shard are looked at.
   * Shards whose publishing is paused are passed over.
   */
  overdue(
    leases: readonly ShardLease[],
    limits: { readonly olderThanMs: number; readonly perShardMax: number },
  ): Promise<readonly OutgoingEvent[]>

  /** Per shard, where its newest committed row stands: nothing that was published by now stands behind it. */
  newest(shards: readonly number[]): Promise<ReadonlyMap<number, LogPosition>>
}
