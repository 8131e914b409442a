import { expect } from 'chai'
import { systemClock } from '../../../src/kernel/clock.ts'
import { silentLogger } from '../../../src/kernel/logger.ts'
import { Reconciler } from '../../../src/messaging/relay/reconciler.ts'
import type { OutgoingEvent } from '../../../src/messaging/relay/event-log.ts'
import { eventually } from '../../support/eventually.ts'

function overdue(shard: number): OutgoingEvent {
  return {
    position: { txid: '1', pos: String(shard) },
    shard,
    eventId: `event-${shard}`,
    tenantSlug: 'acme',
    entityKey: `default/lead/${shard}`,
    type: 'lead.created',
    message: '{}',
  }
}

function reconcilerOver(
  backlogs: ReadonlyMap<number, number>,
  published: Array<{ id: string; number: number }>,
) {
  return new Reconciler({
    events: { overdue: async () => [...backlogs.keys()].map(overdue) },
    bus: {
      backlog: async (shard) => backlogs.get(shard) ?? 0,
      publish: async (events, number = 1) => {
        published.push(...events.map(({ eventId }) => ({ id: eventId, number })))
        return events.length
      },
    },
    leases: () => [...backlogs.keys()].map((shard) => ({ shard, epoch: '1' })),
    clock: systemClock,
    logger: silentLogger,
    idleMs: 5,
  })
}

describe('the reconciler', () => {
  it('publishes again what the bus lost, each time under another number', async () => {
    const published: Array<{ id: string; number: number }> = []
    const reconciler = reconcilerOver(new Map([[1, 0]]), published)
    await reconciler.start()
    await eventually(() => published.length >= 2)
    await reconciler.stop()
    expect(new Set(published.map(({ id }) => id))).to.deep.equal(new Set(['event-1']))
    expect(new Set(published.map(({ number }) => number)).size).to.equal(published.length)
    expect(published.every(({ number }) => number > 1)).to.be.true
    expect(reconciler.counters.repaired).to.equal(published.length)
  })

  it('leaves a backlog to the bus', async () => {
    const published: Array<{ id: string; number: number }> = []
    const backlogs = new Map([
      [1, 0],
      [2, 30],
    ])
    const reconciler = reconcilerOver(backlogs, published)
    await reconciler.start()
    await eventually(() => published.length >= 2)
    await reconciler.stop()
    expect(published.some(({ id }) => id === 'event-2')).to.be.false
  })
})
