import { expect } from 'chai'
import fc from 'fast-check'
import { systemClock } from '../../../src/kernel/clock.ts'
import { silentLogger } from '../../../src/kernel/logger.ts'
import { Reconciler } from '../../../src/messaging/relay/reconciler.ts'
import { eventually } from '../../support/eventually.ts'
import { SimulatedTransport } from './simulated-transport.ts'

function reconcilerOver(transport: SimulatedTransport): Reconciler {
  return new Reconciler({
    events: transport,
    bus: transport,
    leases: () => [{ shard: 1, epoch: '1' }],
    clock: systemClock,
    logger: silentLogger,
    idleMs: 60_000,
  })
}

/** Runs exactly `count` rounds. */
async function rounds(reconciler: Reconciler, count: number): Promise<void> {
  const until = reconciler.rounds + count
  await reconciler.start()
  while (reconciler.rounds < until) {
    reconciler.wake()
    await new Promise((resolve) => setImmediate(resolve))
  }
  await reconciler.stop()
}

describe('the reconciler', () => {
  it('publishes again what the bus lost, each time under another number', async () => {
    const transport = new SimulatedTransport()
    transport.commit(1)
    transport.publishNext(1)
    transport.lose(0)
    const reconciler = reconcilerOver(transport)
    await rounds(reconciler, 1)
    transport.lose(0)
    await rounds(reconciler, 1)
    expect(transport.published.map(({ position }) => position)).to.deep.equal(['1', '1', '1'])
    expect(new Set(transport.published.map(({ number }) => number)).size).to.equal(3)
    expect(reconciler.counters.repaired).to.equal(2)
  })

  it('finds what is lost although the backlog never ends', async () => {
    const transport = new SimulatedTransport()
    transport.commit(4)
    transport.publishNext(2)
    transport.lose(0)
    transport.publishNext(2)
    transport.applyNext(2)
    expect(transport.backlogNow()).to.equal(1)
    const reconciler = reconcilerOver(transport)
    for (let round = 0; round < 4; round += 1) {
      await rounds(reconciler, 1)
      transport.commit(2)
      transport.publishNext(2)
      transport.applyNext(2)
      expect(transport.backlogNow()).to.be.above(0)
    }
    expect(transport.repaired()).to.deep.equal(['1'])
  })

  it('leaves a backlog to the bus, and its own repairs in it', async () => {
    const transport = new SimulatedTransport()
    transport.commit(6)
    transport.publishNext(4)
    transport.lose(0)
    const reconciler = reconcilerOver(transport)
    await rounds(reconciler, 1)
    transport.commit(3)
    transport.publishNext(5)
    transport.applyNext(6)
    await rounds(reconciler, 1)
    expect(transport.repaired()).to.deep.equal(['1'])
    // The repair stands at the end; what was published before it is worked off, and more comes after it.
    transport.commit(4)
    transport.publishNext(4)
    transport.applyNext(2)
    await rounds(reconciler, 3)
    expect(transport.repaired()).to.deep.equal(['1'])
  })

  it('waits for a durable that is being made again, as when the owner changes, before it calls anything lost', async () => {
    const transport = new SimulatedTransport()
    transport.commit(2)
    transport.publishNext(2)
    transport.lose(0)
    transport.durableIsGone = true
    const reconciler = reconcilerOver(transport)
    await rounds(reconciler, 2)
    expect(transport.repaired()).to.deep.equal([])
    transport.durableIsGone = false
    transport.applyNext(1)
    await rounds(reconciler, 1)
    expect(transport.repaired()).to.deep.equal(['1'])
  })

  it('does not take for lost what is applied between its looks', async () => {
    const transport = new SimulatedTransport()
    transport.commit(2)
    transport.publishNext(2)
    transport.beforeProgress = () => transport.applyNext(2)
    const reconciler = reconcilerOver(transport)
    await rounds(reconciler, 1)
    expect(reconciler.counters.repaired).to.equal(0)
  })

  it('does not take for lost what is published between its looks', async () => {
    const transport = new SimulatedTransport()
    transport.commit(3)
    transport.publishNext(1)
    transport.lose(0)
    transport.afterProgress = () => transport.publishNext(2)
    const reconciler = reconcilerOver(transport)
    await rounds(reconciler, 1)
    expect(transport.repaired()).to.deep.equal(['1'])
  })

  it('repairs every loss and nothing else, whatever is committed, published, lost and applied in between', async () => {
    const step = fc.oneof(
      fc.record({ do: fc.constant('commit' as const), n: fc.integer({ min: 1, max: 4 }) }),
      fc.record({ do: fc.constant('publish' as const), n: fc.integer({ min: 1, max: 4 }) }),
      fc.record({ do: fc.constant('apply' as const), n: fc.integer({ min: 1, max: 4 }) }),
      fc.record({ do: fc.constant('lose' as const), n: fc.nat({ max: 6 }) }),
      fc.record({ do: fc.constant('swap' as const), n: fc.nat({ max: 6 }) }),
      fc.record({ do: fc.constant('wipe' as const), n: fc.constant(0) }),
      fc.record({ do: fc.constant('reconcile' as const), n: fc.constant(1) }),
    )
    const moves = fc.array(step, { maxLength: 40, size: 'max' })
    await fc.assert(
      fc.asyncProperty(moves, moves, moves, async (steps, before, after) => {
        const transport = new SimulatedTransport()
        const reconciler = reconcilerOver(transport)
        const [early, late] = [before.values(), after.values()]
        const one = (next: IteratorResult<(typeof steps)[number]>): void => {
          if (next.done !== true && next.value.do !== 'reconcile') transport.step(next.value.do, next.value.n)
        }
        transport.beforeProgress = () => one(early.next())
        transport.afterProgress = () => one(late.next())
        for (const { do: what, n } of steps) {
          if (what === 'reconcile') await rounds(reconciler, 1)
          else transport.step(what, n)
        }
        expect(transport.needlessRepairs).to.deep.equal([])
        // Quiet: everything is published and delivered, and every loss is mended in the end.
        transport.beforeProgress = transport.afterProgress = () => {}
        transport.publishNext(1_000)
        for (let round = 0; round < 4; round += 1) {
          transport.applyNext(1_000)
          await rounds(reconciler, 1)
        }
        transport.applyNext(1_000)
        expect(transport.unapplied()).to.deep.equal([])
        expect(transport.needlessRepairs).to.deep.equal([])
        expect(reconciler.counters.repaired).to.be.at.most(transport.losses)
      }),
      { numRuns: 500 },
    )
  })

  it('goes on after the bus was away', async () => {
    const transport = new SimulatedTransport()
    transport.commit(1)
    transport.publishNext(1)
    transport.lose(0)
    let away = true
    transport.beforeProgress = () => {
      if (!away) return
      away = false
      throw new Error('the bus is away')
    }
    const reconciler = reconcilerOver(transport)
    await reconciler.start()
    await eventually(() => {
      reconciler.wake()
      return transport.repaired().length === 1
    })
    await reconciler.stop()
    expect(reconciler.failures).to.equal(1)
  })
})
