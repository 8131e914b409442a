import { expect } from 'chai'
import fc from 'fast-check'
import { newId } from '../../src/kernel/ids.ts'
import type { BusMessage, EventBus, IngestBus, IngestMessage } from '../../src/messaging/bus/event-bus.ts'
import type { LoggedEvent } from '../../src/messaging/events/event.ts'
import { eventually } from '../support/eventually.ts'
import { someLoggedEvent } from '../support/events.ts'
import { outgoing, storedCount } from '../support/outgoing.ts'

export interface BusUnderTest {
  readonly bus: EventBus & IngestBus
  /** What another system does: publishes to the ingest stream. */
  offer(subject: string, body: string): Promise<void>
  close(): Promise<void>
}

/** Events of one shard: `entity` is the lead's id, `seq` its place. */
function event(shard: number, entity: string, seq: number): LoggedEvent {
  const externalId = newId()
  return someLoggedEvent({
    id: newId(),
    externalId,
    shard,
    subject: { kind: 'lead', id: entity },
    entitySeq: seq,
  })
}

const idsOf = (messages: readonly BusMessage[]): string[] => messages.map((message) => message.event.id)

/** What every EventBus and IngestBus must do. `open` gives an empty bus that redelivers after about a second. */
export function eventBusContract(name: string, open: () => Promise<BusUnderTest>): void {
  describe(`event bus contract: ${name}`, () => {
    let under: BusUnderTest
    let bus: EventBus & IngestBus

    beforeEach(async () => {
      under = await open()
      bus = under.bus
    })

    afterEach(async () => under.close())

    const publishedCount = async (events: readonly LoggedEvent[], publishNumber = 1): Promise<number> => {
      const all = events.map((each) => outgoing(each))
      return storedCount(all, await bus.publish(all, publishNumber))
    }

    it('delivers what was published, unchanged and in order', async () => {
      const events = [1, 2, 3].map((seq) => event(7, 'a', seq))
      const got: BusMessage[] = []
      expect(await publishedCount(events)).to.equal(3)
      await bus.subscribe(7, 10, (message) => got.push(message))
      await eventually(() => expect(got).to.have.length(3))
      expect(got.map((message) => message.event)).to.deep.equal(events)
    })

    it('delivers an event to the subscriber of its shard and to no other', async () => {
      const [mine, other] = [event(1, 'a', 1), event(2, 'b', 1)]
      const first: BusMessage[] = []
      const second: BusMessage[] = []
      await bus.subscribe(1, 10, (message) => first.push(message))
      await bus.subscribe(2, 10, (message) => second.push(message))
      await bus.publish([outgoing(mine), outgoing(other)])
      await eventually(() => expect([first.length, second.length]).to.deep.equal([1, 1]))
      expect(idsOf(first)).to.deep.equal([mine.id])
      expect(idsOf(second)).to.deep.equal([other.id])
    })

    it('swallows an event published again under the same number, and delivers it under a higher one', async () => {
      const [once, last] = [event(3, 'a', 1), event(3, 'z', 1)]
      const got: BusMessage[] = []
      await bus.subscribe(3, 10, (message) => got.push(message))
      expect(await publishedCount([once])).to.equal(1)
      expect(await publishedCount([once])).to.equal(1)
      expect(await publishedCount([once], 2)).to.equal(1)
      await bus.publish([outgoing(last)])
      await eventually(() => expect(idsOf(got)).to.include(last.id))
      expect(idsOf(got)).to.deep.equal([once.id, once.id, last.id])
    })

    it('keeps prefetchMax: the next message comes when one is acknowledged', async () => {
      const events = Array.from({ length: 10 }, (_, index) => event(4, `e${index}`, 1))
      const got: BusMessage[] = []
      await bus.publish(events.map((each) => outgoing(each)))
      await bus.subscribe(4, 3, (message) => got.push(message))
      await eventually(() => expect(got).to.have.length(3))
      for (let count = 3; count < 10; count++) {
        expect(got).to.have.length(count)
        got[count - 3]?.ack()
        await eventually(() => expect(got).to.have.length(count + 1))
      }
    })

    it('delivers again what was given back', async () => {
      const only = event(5, 'a', 1)
      const got: BusMessage[] = []
      await bus.publish([outgoing(only)])
      await bus.subscribe(5, 10, (message) => {
        got.push(message)
        if (got.length === 1) message.retryLater(20)
        else message.ack()
      })
      await eventually(() => expect(idsOf(got)).to.deep.equal([only.id, only.id]))
    })

    it('takes the first answer about a message and ignores later ones', async () => {
      const [first, second] = [event(5, 'a', 1), event(5, 'b', 1)]
      const got: BusMessage[] = []
      await bus.publish([outgoing(first)])
      const subscription = await bus.subscribe(5, 10, (message) => {
        got.push(message)
        message.ack()
        message.retryLater(0)
      })
      await eventually(() => expect(got).to.have.length(1))
      await subscription.close()
      await bus.publish([outgoing(second)])
      await bus.subscribe(5, 10, (message) => got.push(message))
      await eventually(() => expect(idsOf(got)).to.deep.equal([first.id, second.id]))
    })

    it('brings to the next subscriber what the one before left without an answer, and nothing that was acknowledged', async () => {
      const events = [1, 2, 3].map((seq) => event(6, `e${seq}`, 1))
      const before: BusMessage[] = []
      const after: BusMessage[] = []
      await bus.publish(events.map((each) => outgoing(each)))
      const subscription = await bus.subscribe(6, 10, (message) => before.push(message))
      await eventually(() => expect(before).to.have.length(3))
      before[0]?.ack()
      await subscription.close()
      await bus.subscribe(6, 10, (message) => {
        after.push(message)
        message.ack()
      })
      await eventually(() =>
        expect(new Set(idsOf(after))).to.deep.equal(new Set([events[1]?.id, events[2]?.id])),
      )
    })

    it('begins for the next subscriber at the oldest event without an answer, in order, when the one before never closed', async () => {
      const events = Array.from({ length: 6 }, (_, index) => event(9, 'a', index + 1))
      const after: BusMessage[] = []
      const before: BusMessage[] = []
      await bus.publish(events.map((each) => outgoing(each)))
      await bus.subscribe(9, 4, (message) => before.push(message))
      await eventually(() => expect(before).to.have.length(4))
      before[0]?.ack()
      before[1]?.ack()
      await eventually(async () => expect((await bus.progress(9))?.backlog).to.equal(4))
      await bus.subscribe(9, 10, (message) => after.push(message))
      await eventually(() => expect(after).to.have.length.of.at.least(4))
      expect(idsOf(after).slice(0, 4)).to.deep.equal(events.slice(2).map(({ id }) => id))
    })

    it('tells the backlog of a shard, delivered events included, and where in the log all is settled', async () => {
      const places = [3, 5, 8, 13]
      const events = places.map((pos, index) => ({
        ...outgoing(event(11, `e${index}`, 1)),
        position: { txid: '77', pos: String(pos) },
      }))
      expect(await bus.progress(11)).to.equal(null)
      const got: BusMessage[] = []
      await bus.subscribe(11, 10, (message) => got.push(message))
      // Other shards' events lie between ours.
      for (const [index, each] of events.entries())
        await bus.publish([each, outgoing(event(12, `x${index}`, 1))])
      await eventually(() => expect(got).to.have.length(4))
      expect((await bus.progress(11))?.backlog).to.equal(4)
      const settled = async (backlog: number, pos: number): Promise<void> => {
        await eventually(async () =>
          expect(await bus.progress(11)).to.deep.equal({
            backlog,
            settledTo: { txid: '77', pos: String(pos) },
          }),
        )
      }
      got[0]?.ack()
      await settled(3, 3)
      got[2]?.ack()
      await settled(2, 3)
      got[1]?.ack()
      await settled(1, 8)
      got[3]?.ack()
      await settled(0, 13)
    })

    it('does not take the place of an event that was published again for how far the log is settled', async () => {
      const got: BusMessage[] = []
      await bus.subscribe(13, 10, (message) => {
        got.push(message)
        message.ack()
      })
      await bus.publish([outgoing(event(13, 'a', 1))])
      await eventually(async () =>
        expect(await bus.progress(13)).to.deep.equal({ backlog: 0, settledTo: { txid: '1', pos: '1' } }),
      )
      await bus.publish([outgoing(event(13, 'b', 1))], 2)
      await eventually(async () => {
        expect(got).to.have.length(2)
        expect(await bus.progress(13)).to.deep.equal({ backlog: 0, settledTo: null })
      })
    })

    it('delivers nothing to a subscription that was closed', async () => {
      const closed: BusMessage[] = []
      const open: BusMessage[] = []
      const subscription = await bus.subscribe(8, 10, (message) => closed.push(message))
      await subscription.close()
      await bus.publish([outgoing(event(8, 'a', 1))])
      await bus.subscribe(8, 10, (message) => open.push(message))
      await eventually(() => expect(open).to.have.length(1))
      expect(closed).to.have.length(0)
    })

    it('keeps the order of every entity, whatever the mix', async () => {
      let shard = 10
      const mixes = fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 1, maxLength: 200 })
      await fc.assert(
        fc.asyncProperty(mixes, async (entities) => {
          shard += 1
          const seqs = new Map<number, number>()
          const events = entities.map((entity) => {
            const seq = (seqs.get(entity) ?? 0) + 1
            seqs.set(entity, seq)
            return event(shard, String(entity), seq)
          })
          expect(await publishedCount(events)).to.equal(events.length)
          const got: LoggedEvent[] = []
          const subscription = await bus.subscribe(shard, 64, (message) => {
            got.push(message.event)
            message.ack()
          })
          await eventually(() => expect(got).to.have.length(events.length))
          for (const [entity, last] of seqs) {
            const order = got
              .filter((each) => each.subject.id === String(entity))
              .map((each) => each.entitySeq)
            expect(order).to.deep.equal(Array.from({ length: last }, (_, index) => index + 1))
          }
          await subscription.close()
        }),
        { numRuns: 15 },
      )
    })

    it('stores the other shards to their ends when it refuses an event, and its own up to there', async () => {
      const huge = { ...event(98, 'b', 1), data: { text: 'x'.repeat(1_100_000) } }
      const events = [event(97, 'a', 1), event(98, 'a', 1), huge, event(98, 'c', 1), event(99, 'a', 1)]
      const publication = await bus.publish(events.map((each) => outgoing(each)))
      expect([publication.get(97), publication.get(99)]).to.deep.equal([
        { state: 'complete' },
        { state: 'complete' },
      ])
      const stopped = publication.get(98)
      expect(stopped).to.deep.include({ state: 'stopped', stored: 1 })
      expect(stopped?.state === 'stopped' && stopped.stop.kind).to.equal('refused')
    })

    it('publishes nothing when there is nothing to publish', async () => {
      expect((await bus.publish([])).size).to.equal(0)
    })

    it('nudges those who listen to the topic until they stop', async () => {
      const heard = { events: 0, control: 0, stopped: 0 }
      bus.onNudge('events', () => (heard.events += 1))
      const stop = bus.onNudge('control', () => (heard.stopped += 1))
      bus.onNudge('control', () => (heard.control += 1))
      stop()
      bus.nudge('control')
      await eventually(() => expect(heard.control).to.equal(1))
      expect(heard).to.deep.equal({ events: 0, control: 1, stopped: 0 })
    })

    it('answers a check', async () => {
      await bus.check()
    })

    it('hands over what other systems publish, with the tenant of the subject, until it is accepted or refused', async () => {
      const got: IngestMessage[] = []
      await bus.subscribeIngest(10, (message) => {
        got.push(message)
        if (got.length === 1) message.retryLater(10)
        else if (message.body.toString() === 'one') message.accept('{}')
        else message.refuse('{}')
      })
      await under.offer('nx.ingest.acme.lead.created', 'one')
      await eventually(() => expect(got).to.have.length(2))
      await under.offer('nx.ingest.globex.lead.created', 'two')
      await eventually(() => expect(got).to.have.length(3))
      expect(got.map((message) => [message.tenantSlug, message.body.toString()])).to.deep.equal([
        ['acme', 'one'],
        ['acme', 'one'],
        ['globex', 'two'],
      ])
    })
  })
}
