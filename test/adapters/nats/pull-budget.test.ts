import { expect } from 'chai'
import fc from 'fast-check'
import { PullBudget } from '../../../src/adapters/nats/consumers/pull-budget.ts'
import { PullRoom } from '../../../src/adapters/nats/consumers/pull-room.ts'
import type { NatsEventBus } from '../../../src/adapters/nats/nats-event-bus.ts'
import { newId } from '../../../src/kernel/ids.ts'
import type { BusMessage } from '../../../src/messaging/bus/event-bus.ts'
import type { OutgoingEvent } from '../../../src/messaging/relay/event-log.ts'
import { eventually } from '../../support/eventually.ts'
import { someLoggedEvent } from '../../support/events.ts'
import { outgoing, storedCount } from '../../support/outgoing.ts'
import { makeEvents, openNatsRig, shard } from './nats-rig.ts'
import type { NatsRig } from './nats-rig.ts'

const mib = 1024 ** 2

function largeEvents(shards: number, perShard: number, bytes: number): OutgoingEvent[] {
  const data = { text: 'x'.repeat(bytes) }
  return Array.from({ length: shards * perShard }, (_, index) => {
    const subject = { kind: 'lead', id: String(index) }
    const ids = { id: newId(), externalId: newId() }
    return outgoing(someLoggedEvent({ ...ids, shard: index % shards, subject, data }))
  })
}

describe('the budget of delivered messages', () => {
  it('never counts more than its bytes, whatever is asked for, refused, delivered and settled', () => {
    const step = fc.record({
      consumer: fc.nat(3),
      do: fc.constantFrom('ask', 'deliver', 'deliver', 'settle', 'expire', 'forget'),
      bytes: fc.integer({ min: 1, max: 30_000 }),
    })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200, size: 'max' }), (steps) => {
        const budget = new PullBudget({ bytesMax: 100_000, messageBytesMax: 30_000, parts: 4 })
        const consumers = Array.from({ length: 4 }, () => ({
          room: new PullRoom({ prefetchMax: 8, budgetParts: 1 }, budget, () => {}),
          open: [] as { messages: number; bytes: number }[],
          held: [] as (() => void)[],
        }))
        for (const { consumer, do: what, bytes } of steps) {
          const one = consumers[consumer] as (typeof consumers)[0]
          const [request] = one.open
          if (what === 'ask') {
            const made = one.room.ask(one.held.length)
            if (made !== null) one.open.push({ ...made, bytes: made.bytes ?? Number.POSITIVE_INFINITY })
          } else if (what === 'settle') one.held.shift()?.()
          else if (what === 'forget') {
            one.room.forgetRequests()
            one.open.splice(0)
          } else if (request !== undefined && (what === 'expire' || bytes > request.bytes)) {
            one.open.shift()
            one.room.end(request, what === 'deliver')
          } else if (request !== undefined) {
            one.held.push(one.room.receive(bytes))
            request.messages -= 1
            request.bytes -= bytes
            if (request.messages === 0) one.open.shift()
          }
          expect(budget.countedBytes).to.be.within(0, budget.bytesMax)
        }
        for (const { room, held } of consumers) {
          room.forgetRequests()
          for (const settle of held) settle()
        }
        expect(budget.countedBytes).to.equal(0)
      }),
      { numRuns: 500 },
    )
  })

  it('lets one large message of all consumers in at a time, in the order they asked', () => {
    const budget = new PullBudget({ bytesMax: 100_000, messageBytesMax: 30_000, parts: 4 })
    const went: string[] = []
    const first = budget.takeLarge(() => went.push('first'))
    const second = budget.takeLarge(() => went.push('second'))
    budget.takeLarge(() => went.push('third'))
    expect(went).to.deep.equal(['first'])
    second()
    first()
    first()
    expect(went).to.deep.equal(['first', 'third'])
  })

  describe('on a server', () => {
    let rig: NatsRig

    beforeEach(async () => {
      rig = await openNatsRig()
    })

    afterEach(async () => await rig[Symbol.asyncDispose]())

    async function publish(bus: NatsEventBus, events: readonly OutgoingEvent[]): Promise<void> {
      let rest = events
      await eventually(async () => {
        rest = rest.slice(storedCount(rest, await bus.publish(rest)))
        return rest.length === 0
      }, 30_000)
    }

    /** Takes everything of the shards, holding messages back as long as more come. */
    async function drain(bus: NatsEventBus, shards: number, ids: ReadonlySet<string>): Promise<void> {
      const got = new Set<string>()
      const held: BusMessage[] = []
      for (let each = 0; each < shards; each += 1)
        await bus.subscribe(each, 32, (message) => {
          held.push(message)
          got.add(message.event.id)
        })
      let before = -1
      await eventually(() => {
        // Only what stood still since the last look: so the budget is filled as far as it goes.
        if (held.length === before) for (const message of held.splice(0)) message.ack()
        before = held.length
        return ids.size === got.size && held.length === 0
      }, 40_000)
      expect(got).to.deep.equal(ids)
    }

    for (const { title, bytes, prefetchBytesMax } of [
      { title: 'large messages, of which a part holds one', bytes: 500_000, prefetchBytesMax: 64 * mib },
      {
        title: 'messages that are larger than a part, one by one',
        bytes: 500_000,
        prefetchBytesMax: 16 * mib,
      },
      { title: 'messages of which a part holds a few', bytes: 60_000, prefetchBytesMax: 16 * mib },
    ])
      it(`lets ${title}, flow, and stays within its bytes`, async () => {
        const bus = await rig.openBus({ prefetchBytesMax, ackWaitMs: 30_000, publishAckMs: 10_000 })
        const events = largeEvents(12, 6, bytes)
        await publish(bus, events)
        await drain(bus, 12, new Set(events.map(({ eventId }) => eventId)))
        expect(bus.budget.peakBytes).to.be.above(bytes)
        expect(bus.budget.peakBytes).to.be.at.most(prefetchBytesMax)
      })

    it('asks for small messages as often as without a bound', async () => {
      const asked: number[] = []
      for (const prefetchBytesMax of [64 * mib, 16_384 * mib]) {
        const bus = await rig.openBus({ prefetchBytesMax })
        const outside = await rig.openOutside()
        let requests = 0
        outside.subscribe(`$JS.API.CONSUMER.MSG.NEXT.${eventsOfShard}`, { callback: () => (requests += 1) })
        await outside.flush()
        await publish(bus, makeEvents(640))
        const held: BusMessage[] = []
        let got = 0
        const subscription = await bus.subscribe(shard, 32, (message) => {
          held.push(message)
          got += 1
          if (held.length === 32) for (const one of held.splice(0)) one.ack()
        })
        await eventually(() => got === 640, 20_000)
        await eventually(async () => (await bus.progress(shard))?.backlog === 0)
        await subscription.close()
        await outside.flush()
        asked.push(requests)
      }
      expect(asked[0]).to.be.at.most((asked[1] ?? 0) + 1)
      expect(asked[0]).to.be.within(20, 23)
    })
  })
})

const eventsOfShard = `NX_EVENTS.nx-shard-${shard}`
