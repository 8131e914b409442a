import type { Clock } from '../../../src/kernel/clock.ts'
import { shardCount } from '../../../src/messaging/events/entity-key.ts'
import type { ShardLease, ShardLeaseStore } from '../../../src/messaging/ownership/shard-leases.ts'

interface Shard {
  owner: string | null
  epoch: number
  untilMs: number
}

/** Who works on which shard, in memory, on a clock that the test may hold. */
export class MemoryShardLeaseStore implements ShardLeaseStore {
  readonly #clock: Clock
  readonly #shards: readonly Shard[]
  readonly #daemons = new Map<string, number>()

  constructor(clock: Clock, shards = shardCount) {
    this.#clock = clock
    this.#shards = Array.from({ length: shards }, () => ({ owner: null, epoch: 0, untilMs: 0 }))
  }

  /** The number under which a shard is worked on now. */
  epochOf(shard: number): string | null {
    const found = this.#shards[shard]
    return found === undefined ? null : String(found.epoch)
  }

  async heartbeat({
    daemonId,
    leaseMs,
  }: {
    daemonId: string
    leaseMs: number
  }): Promise<readonly ShardLease[]> {
    const nowMs = this.#clock.now().getTime()
    this.#daemons.set(daemonId, nowMs + leaseMs)
    for (const [id, untilMs] of this.#daemons) if (untilMs < nowMs) this.#daemons.delete(id)
    const mine = this.#shards.filter(({ owner }) => owner === daemonId)
    for (const shard of mine) shard.untilMs = nowMs + leaseMs
    const share = Math.ceil(this.#shards.length / this.#daemons.size)
    const free = this.#shards.filter(({ owner, untilMs }) => owner === null || untilMs < nowMs)
    for (const shard of free.slice(0, Math.max(0, share - mine.length)))
      Object.assign(shard, { owner: daemonId, epoch: shard.epoch + 1, untilMs: nowMs + leaseMs })
    const owned = this.#shards.filter(({ owner }) => owner === daemonId)
    for (const shard of owned.slice(share)) giveBack(shard)
    return this.#leasesOf(daemonId)
  }

  async release(daemonId: string): Promise<void> {
    for (const shard of this.#shards) if (shard.owner === daemonId) giveBack(shard)
    this.#daemons.delete(daemonId)
  }

  /** Lets everything of a daemon run out. */
  expire(daemonId: string): void {
    this.#daemons.set(daemonId, 0)
    for (const shard of this.#shards) if (shard.owner === daemonId) shard.untilMs = 0
  }

  #leasesOf(daemonId: string): readonly ShardLease[] {
    return this.#shards.flatMap(({ owner, epoch }, shard) =>
      owner === daemonId ? [{ shard, epoch: String(epoch) }] : [],
    )
  }
}

function giveBack(shard: Shard): void {
  Object.assign(shard, { owner: null, epoch: shard.epoch + 1, untilMs: 0 })
}
