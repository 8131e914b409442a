import type { JsonObject } from '../../kernel/json.ts'

/** The right to work on a shard until it expires (database clock). `epoch` grows with every change of owner: a fencing token. */
export interface ShardLease {
  readonly shard: number
  readonly epoch: string
}

/** Who works on which shard. The database clock decides. */
export interface ShardLeaseStore {
  /**
   * One heartbeat of a daemon: renews what it owns, takes its fair share of what is free or expired
   * (ceil(shards / live daemons)), gives back what is above that share. Returns all leases it now owns.
   */
  heartbeat(owner: {
    daemonId: string
    host: string
    version: string
    leaseMs: number
    /** What it tells of itself: a DaemonStats. Default: nothing. */
    stats?: JsonObject
  }): Promise<readonly ShardLease[]>

  /** Gives everything back at once and forgets the daemon. */
  release(daemonId: string): Promise<void>
}
