import { expect } from 'chai'
import { silentLogger } from '../../../src/kernel/logger.ts'
import { ShardOwner } from '../../../src/messaging/ownership/shard-owner.ts'
import type { ShardLease } from '../../../src/messaging/ownership/shard-leases.ts'
import { ManualClock } from '../../fakes/manual-clock.ts'
import { eventually } from '../../support/eventually.ts'

function ownerOver(
  heartbeat: () => Promise<readonly ShardLease[]>,
  clock: ManualClock,
  changes: Array<readonly ShardLease[]>,
) {
  const released: string[] = []
  const owner = new ShardOwner({
    store: { heartbeat, release: async (daemonId) => void released.push(daemonId) },
    daemonId: 'd1',
    host: 'h',
    version: '0',
    clock,
    logger: silentLogger,
    leaseMs: 9_000,
    heartbeatMs: 600_000,
    onChange: async (leases) => void changes.push(leases),
  })
  return { owner, released }
}

describe('the shard owner', () => {
  it('owns nothing any more once its lease could not be renewed in time', async () => {
    const clock = new ManualClock()
    const { owner } = ownerOver(async () => [{ shard: 3, epoch: '1' }], clock, [])
    await owner.start()
    expect(owner.current()).to.have.length(1)
    clock.advance(8_200)
    expect(owner.current()).to.deep.equal([])
    await owner.stop()
  })

  it('reports changes of shards and of epochs, and nothing else', async () => {
    const clock = new ManualClock()
    const changes: Array<readonly ShardLease[]> = []
    const answers: Array<readonly ShardLease[]> = [
      [{ shard: 3, epoch: '1' }],
      [{ shard: 3, epoch: '1' }],
      [{ shard: 3, epoch: '2' }],
    ]
    const { owner, released } = ownerOver(async () => answers.shift() ?? [], clock, changes)
    await owner.start()
    await owner.refresh()
    await owner.refresh()
    await owner.stop()
    expect(changes.map((leases) => leases.map(({ epoch }) => epoch))).to.deep.equal([['1'], ['2'], []])
    expect(released).to.deep.equal(['d1'])
  })

  it('gives its shards up while the database cannot be reached, and takes them again after', async () => {
    const clock = new ManualClock()
    const changes: Array<readonly ShardLease[]> = []
    let away = false
    const { owner } = ownerOver(
      async () => {
        if (away) throw new Error('unreachable')
        return [{ shard: 3, epoch: '1' }]
      },
      clock,
      changes,
    )
    await owner.start()
    away = true
    clock.advance(9_000)
    await owner.refresh()
    away = false
    await owner.refresh()
    await owner.stop()
    expect(changes.map((leases) => leases.length)).to.deep.equal([1, 0, 1, 0])
  })

  it('tells of new shards again until somebody could act on them', async () => {
    const told: string[] = []
    let refuse = true
    const owner = new ShardOwner({
      store: { heartbeat: async () => [{ shard: 3, epoch: '1' }], release: async () => {} },
      daemonId: 'd1',
      host: 'h',
      version: '0',
      clock: new ManualClock(),
      logger: silentLogger,
      heartbeatMs: 600_000,
      onChange: async (leases) => {
        if (refuse) throw new Error('the bus is away')
        told.push(leases.map(({ shard }) => shard).join())
      },
    })
    await owner.start().catch(() => {})
    await owner.refresh()
    expect(told).to.deep.equal([])
    refuse = false
    await owner.refresh()
    await owner.refresh()
    expect(told).to.deep.equal(['3'])
    await owner.stop()
  })

  it('goes on beating while somebody takes long to follow, and tells of the newest shards then', async () => {
    let epoch = 0
    const told: string[] = []
    const release: Array<() => void> = []
    const owner = new ShardOwner({
      store: {
        heartbeat: async () => [{ shard: 3, epoch: String((epoch += 1)) }],
        release: async () => {},
      },
      daemonId: 'd1',
      host: 'h',
      version: '0',
      clock: new ManualClock(),
      logger: silentLogger,
      heartbeatMs: 600_000,
      onChange: async (leases) => {
        told.push(leases.map((lease) => lease.epoch).join())
        if (told.length === 1) await new Promise<void>((resolve) => release.push(resolve))
      },
    })
    await owner.start()
    await owner.refresh()
    await owner.refresh()
    expect(told).to.deep.equal(['1'])
    release[0]?.()
    await eventually(() => told.length === 2)
    await owner.stop()
    expect(told).to.deep.equal(['1', '3', ''])
  })
})
