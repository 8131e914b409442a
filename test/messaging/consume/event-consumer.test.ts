import { expect } from 'chai'
import { systemClock } from '../../../src/kernel/clock.ts'
import { NxError } from '../../../src/kernel/errors.ts'
import { silentLogger } from '../../../src/kernel/logger.ts'
import type { BusMessage, EventBus } from '../../../src/messaging/bus/event-bus.ts'
import { EventConsumer } from '../../../src/messaging/consume/event-consumer.ts'
import type { ProcessEvents } from '../../../src/messaging/consume/event-consumer.ts'
import { UnsettledEvents } from '../../../src/messaging/consume/unsettled-events.ts'
import type { ShardLease } from '../../../src/messaging/ownership/shard-leases.ts'
import { eventually } from '../../support/eventually.ts'
import { someLoggedEvent } from '../../support/events.ts'

/** A bus whose deliveries the test makes by hand. */
class HandBus {
  readonly listeners = new Map<number, (message: BusMessage) => void>()
  readonly ended: Array<{ id: string; how: 'ack' | 'later'; delayMs?: number }> = []

  async subscribe(shard: number, _prefetchMax: number, deliver: (message: BusMessage) => void) {
    this.listeners.set(shard, deliver)
    return { close: async () => void this.listeners.delete(shard) }
  }

  deliver(shard: number, externalId: string): void {
    const event = someLoggedEvent({ externalId, shard })
    this.listeners.get(shard)?.({
      event,
      ack: () => this.ended.push({ id: externalId, how: 'ack' }),
      retryLater: (delayMs) => this.ended.push({ id: externalId, how: 'later', delayMs }),
    })
  }
}

function consumerOver(
  bus: HandBus,
  process: ProcessEvents,
  leases: () => readonly ShardLease[],
  onLeaseLost = () => {},
): EventConsumer {
  return new EventConsumer({
    bus: bus as unknown as EventBus,
    process,
    leases,
    onLeaseLost,
    clock: systemClock,
    logger: silentLogger,
  })
}

const both = [
  { shard: 1, epoch: '1' },
  { shard: 2, epoch: '1' },
]

describe('the event consumer', () => {
  it('joins a shard anew that somebody else owned meanwhile', async () => {
    const joined: string[] = []
    const bus = {
      subscribe: async (shard: number) => {
        joined.push(`join ${shard}`)
        return { close: async () => void joined.push(`leave ${shard}`) }
      },
    }
    const consumer = new EventConsumer({
      bus: bus as unknown as EventBus,
      process: async () => {},
      leases: () => both,
      onLeaseLost: () => {},
      clock: systemClock,
      logger: silentLogger,
    })
    await consumer.start()
    await consumer.follow([
      { shard: 1, epoch: '1' },
      { shard: 2, epoch: '3' },
    ])
    expect(joined).to.deep.equal(['join 1', 'join 2', 'leave 2', 'join 2'])
    await consumer.stop()
  })

  it('acknowledges after the commit, and batches what came meanwhile', async () => {
    const bus = new HandBus()
    const batches: string[][] = []
    const commits: Array<() => void> = []
    const consumer = consumerOver(
      bus,
      async (events) => {
        batches.push(events.map(({ externalId }) => externalId))
        await new Promise<void>((resolve) => commits.push(resolve))
      },
      () => both,
    )
    await consumer.start()
    for (const id of ['a', 'b', 'c']) bus.deliver(1, id)
    expect(bus.ended).to.deep.equal([])
    commits[0]?.()
    await eventually(() => batches.length === 2)
    commits[1]?.()
    await eventually(() => bus.ended.length === 3)
    await consumer.stop()
    expect(batches).to.deep.equal([['a'], ['b', 'c']])
    expect(bus.ended.every(({ how }) => how === 'ack')).to.be.true
  })

  it('gives a batch back when nothing of it was committed', async () => {
    const bus = new HandBus()
    const consumer = consumerOver(
      bus,
      async () => {
        throw new NxError('unreachable', 'NX-DB-UNREACHABLE', 'gone', { retryable: true })
      },
      () => both,
    )
    await consumer.start()
    bus.deliver(1, 'a')
    await eventually(() => bus.ended.length === 1)
    await consumer.stop()
    expect(bus.ended).to.deep.equal([{ id: 'a', how: 'later', delayMs: 1_000 }])
  })

  it('acknowledges what was committed of a batch, and gives back only what was not', async () => {
    const bus = new HandBus()
    const consumer = consumerOver(
      bus,
      async (events) => {
        const slow = events.filter(({ externalId }) => externalId === 'slow')
        if (slow.length > 0) throw new UnsettledEvents(slow, new Error('Too slow'))
      },
      () => both,
    )
    await consumer.start()
    for (const id of ['a', 'slow', 'b']) bus.deliver(1, id)
    await eventually(() => bus.ended.length === 3)
    await consumer.stop()
    expect(bus.ended).to.have.deep.members([
      { id: 'a', how: 'ack' },
      { id: 'b', how: 'ack' },
      { id: 'slow', how: 'later', delayMs: 1_000 },
    ])
    expect(consumer.counters.processed).to.equal(2)
  })

  it('names the points around a transaction in their order', async () => {
    const bus = new HandBus()
    const points: string[] = []
    const consumer = new EventConsumer({
      bus: bus as unknown as EventBus,
      process: async () => void points.push('transaction'),
      leases: () => both,
      onLeaseLost: () => {},
      clock: systemClock,
      logger: silentLogger,
      crashPoints: { reach: (point) => void points.push(point) },
    })
    await consumer.start()
    bus.deliver(1, 'a')
    await eventually(() => points.length === 4)
    await consumer.stop()
    expect(points).to.deep.equal([
      'consumer.before_transaction',
      'transaction',
      'consumer.after_commit',
      'consumer.after_ack',
    ])
  })

  it('asks for its leases anew when one was lost', async () => {
    const bus = new HandBus()
    let asked = 0
    const consumer = consumerOver(
      bus,
      async () => {
        throw new NxError('conflict', 'NX-LEASE-LOST', 'taken over', { retryable: true })
      },
      () => both,
      () => (asked += 1),
    )
    await consumer.start()
    bus.deliver(1, 'a')
    await eventually(() => asked === 1)
    await consumer.stop()
  })

  it('does not process events of a shard that it no longer owns', async () => {
    const bus = new HandBus()
    let leases: readonly ShardLease[] = both
    const processed: string[] = []
    const consumer = consumerOver(
      bus,
      async (events) => void processed.push(...events.map(({ externalId }) => externalId)),
      () => leases,
    )
    await consumer.start()
    const late = bus.listeners.get(2)
    leases = [{ shard: 1, epoch: '1' }]
    await consumer.follow(leases)
    expect([...bus.listeners.keys()]).to.deep.equal([1])
    if (late !== undefined) bus.listeners.set(2, late)
    bus.deliver(2, 'not-mine')
    bus.deliver(1, 'mine')
    await eventually(() => bus.ended.length === 2)
    await consumer.stop()
    expect(processed).to.deep.equal(['mine'])
  })

  it('subscribes once to a shard although two changes of leases overlap', async () => {
    const bus = new HandBus()
    let open = 0
    const release: Array<() => void> = []
    bus.subscribe = async () => {
      open += 1
      await new Promise<void>((resolve) => release.push(resolve))
      return { close: async () => void (open -= 1) }
    }
    const consumer = consumerOver(
      bus,
      async () => {},
      () => both,
    )
    const started = consumer.start()
    const followed = consumer.follow(both)
    const settled = Promise.all([started, followed])
    await eventually(() => release.length === 2)
    for (const resolve of release.splice(0)) resolve()
    await Promise.race([settled, eventually(() => release.length > 0)])
    for (const resolve of release) resolve()
    await settled
    expect(open).to.equal(2)
    await consumer.stop()
    expect(open).to.equal(0)
  })

  it('joins a shard at the next call when the bus refused it', async () => {
    const bus = new HandBus()
    const subscribe = bus.subscribe.bind(bus)
    let refuse = true
    bus.subscribe = async (shard, prefetchMax, deliver) => {
      if (refuse && shard === 1) throw new NxError('unreachable', 'NX-BUS-UNREACHABLE', 'away')
      return await subscribe(shard, prefetchMax, deliver)
    }
    const consumer = consumerOver(
      bus,
      async () => {},
      () => [],
    )
    await consumer.start()
    const refused = await consumer.follow(both).catch((error: unknown) => error)
    expect(refused).to.be.instanceOf(NxError)
    expect([...bus.listeners.keys()]).to.deep.equal([2])
    refuse = false
    await consumer.follow(both)
    expect([...bus.listeners.keys()].toSorted()).to.deep.equal([1, 2])
    await consumer.stop()
  })
})
