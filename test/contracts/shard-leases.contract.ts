import { expect } from 'chai'
import type { ShardLeaseStore } from '../../src/messaging/ownership/shard-leases.ts'
import { allShards } from '../support/stores/owned-database.ts'

export interface LeaseHarness {
  readonly store: ShardLeaseStore
  /** Forgets all daemons and leases. */
  reset(): Promise<void>
  /** Lets the lease of a daemon run out, and its heartbeat with it. */
  expire(daemonId: string): Promise<void>
}

/** What every ShardLeaseStore does. */
export function describeShardLeaseStore(name: string, harness: () => LeaseHarness): void {
  describe(`ShardLeaseStore: ${name}`, () => {
    beforeEach(async () => harness().reset())

    const beat = async (daemonId: string) =>
      harness().store.heartbeat({ daemonId, host: 'here', version: '1', leaseMs: 60_000 })

    it('gives a lone daemon every shard, and renews without a new epoch', async () => {
      const first = await beat('a')
      expect(first.map((lease) => lease.shard)).to.deep.equal(allShards)
      expect(await beat('a')).to.deep.equal(first)
    })

    it('shares evenly once the first daemon has given back what is above its share', async () => {
      await beat('a')
      expect(await beat('b')).to.deep.equal([])
      expect(await beat('a')).to.have.length(32)
      expect(await beat('b')).to.have.length(32)
      await beat('c')
      const [a, b] = [await beat('a'), await beat('b')]
      const c = await beat('c')
      expect([a.length, b.length, c.length]).to.deep.equal([22, 22, 20])
      const all = [...a, ...b, ...c].map((lease) => lease.shard)
      expect(new Set(all).size).to.equal(64)
    })

    it('moves the shards of a daemon that went silent, under higher epochs', async () => {
      const before = new Map((await beat('a')).map((lease) => [lease.shard, BigInt(lease.epoch)]))
      await harness().expire('a')
      const after = await beat('b')
      expect(after).to.have.length(64)
      for (const lease of after) expect(BigInt(lease.epoch) > (before.get(lease.shard) ?? 0n)).to.be.true
    })

    it('gives everything back at once on release', async () => {
      await beat('a')
      await harness().store.release('a')
      expect(await beat('b')).to.have.length(64)
    })

    it('never gives a shard to two daemons that beat together', async () => {
      const daemons = ['a', 'b', 'c', 'd', 'e']
      for (let round = 0; round < 3; round += 1) {
        const leases = (await Promise.all(daemons.map(beat))).flat()
        const epochs = new Set(leases.map((lease) => `${lease.shard}@${lease.epoch}`))
        expect(epochs.size).to.equal(leases.length)
      }
      const settled: number[] = []
      for (const daemon of daemons) settled.push(...(await beat(daemon)).map((lease) => lease.shard))
      expect(settled.toSorted((x, y) => x - y)).to.deep.equal(allShards)
    })
  })
}
