import type { ShardLease } from '../ownership/shard-leases.ts'
import type { OutgoingEvent } from './event-log.ts'

/** Which published events their entities have not applied. */
export interface OverdueEvents {
  /**
   * Walks each owned shard's published events in commit order, from where it stopped: moves on over what is applied, and
   * returns what was accepted more than `olderThanMs` ago and is not. At most `perShardMax` rows of a shard are looked at.
   */
  overdue(
    leases: readonly ShardLease[],
    limits: { readonly olderThanMs: number; readonly perShardMax: number },
  ): Promise<readonly OutgoingEvent[]>
}
