import { expect } from 'chai'
import fc from 'fast-check'
import {
  packBody,
  packEvents,
  packId,
  packPosition,
} from '../../../../src/adapters/nats/events/event-packs.ts'
import { decodeWireEvents } from '../../../../src/messaging/events/wire-event.ts'
import { newId } from '../../../../src/kernel/ids.ts'
import type { OutgoingEvent } from '../../../../src/messaging/relay/event-log.ts'
import { someLoggedEvent } from '../../../support/events.ts'
import { outgoing } from '../../../support/outgoing.ts'

const drawn = fc.array(
  fc.record({ shard: fc.nat(1), lead: fc.nat(4), type: fc.constantFrom('lead.a', 'lead.b', 'lead.c') }),
  { maxLength: 80 },
)

function eventsOf(all: readonly { shard: number; lead: number; type: string }[]): OutgoingEvent[] {
  return all.map(({ shard, lead, type }, index) =>
    outgoing(
      someLoggedEvent({
        id: newId(),
        externalId: newId(),
        shard,
        type,
        subject: { kind: 'lead', id: `${shard}-${lead}` },
        entitySeq: index,
      }),
    ),
  )
}

describe('packEvents', () => {
  it('puts every event into one pack of its own subject, never more than may share one', () => {
    fc.assert(
      fc.property(drawn, fc.integer({ min: 1, max: 16 }), (all, max) => {
        const events = eventsOf(all)
        const packs = packEvents(events, max)
        const places = packs.flatMap(({ indexes }) => indexes).toSorted((a, b) => a - b)
        expect(places).to.deep.equal(events.map((_, index) => index))
        for (const pack of packs) {
          expect(pack.events.length).to.be.within(1, max)
          for (const { shard, tenantSlug, type } of pack.events)
            expect(pack.subject).to.equal(`nx.events.${shard}.${tenantSlug}.${type}`)
        }
      }),
    )
  })

  it('keeps the order of every entity, however packs that may go together are sent', () => {
    fc.assert(
      fc.property(
        drawn,
        fc.integer({ min: 2, max: 8 }),
        fc.infiniteStream(fc.nat(1_000)),
        (all, max, draws) => {
          const events = eventsOf(all)
          const packs = packEvents(events, max)
          const sent = new Set<number>()
          const order: number[] = []
          while (sent.size < packs.length) {
            const ready = packs
              .map((pack, place) => ({ pack, place }))
              .filter(
                ({ pack, place }) => !sent.has(place) && [...pack.after].every((before) => sent.has(before)),
              )
            // Nothing ever waits for itself.
            expect(ready).to.not.deep.equal([])
            const { pack, place } = ready[draws.next().value % ready.length]!
            sent.add(place)
            order.push(...pack.indexes)
          }
          const byEntity = Map.groupBy(order, (index) => events[index]!.entityKey)
          for (const indexes of byEntity.values())
            expect(indexes).to.deep.equal(indexes.toSorted((a, b) => a - b))
        },
      ),
    )
  })

  it('stands where its first event stands, and is recognised when the same events are packed again', () => {
    const events = eventsOf([
      { shard: 0, lead: 1, type: 'lead.a' },
      { shard: 0, lead: 2, type: 'lead.a' },
    ])
    const [pack] = packEvents(events)
    const [again] = packEvents(events)
    const [alone] = packEvents(events.slice(0, 1))
    expect(packPosition(pack!)).to.deep.equal(events[0]!.position)
    expect(packId(pack!, 1)).to.equal(packId(again!, 1))
    expect(packId(pack!, 1)).to.not.equal(packId(pack!, 2))
    expect(packId(alone!, 1)).to.equal(`${events[0]!.eventId}:1`)
  })

  it('writes what can be read back, and what cannot does not take its neighbours with it', () => {
    const events = eventsOf([
      { shard: 0, lead: 1, type: 'lead.a' },
      { shard: 0, lead: 2, type: 'lead.a' },
    ])
    const [pack] = packEvents(events)
    const body = packBody(pack!)
    expect(decodeWireEvents(body).events.map(({ id }) => id)).to.deep.equal(
      events.map(({ eventId }) => eventId),
    )
    const broken = decodeWireEvents(body.replace('"entityseq":0', '"entityseq":"x"'))
    expect(broken.events).to.have.length(1)
    expect(broken.failures).to.have.length(1)
    for (const text of ['[', '[]', '[1', 'null', '[null]', '']) {
      expect(decodeWireEvents(text).events, text).to.deep.equal([])
      expect(decodeWireEvents(text).failures, text).to.have.length(1)
    }
  })
})
