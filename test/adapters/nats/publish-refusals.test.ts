import { expect } from 'chai'
import { newId } from '../../../src/kernel/ids.ts'
import { eventsStream } from '../../../src/adapters/nats/streams.ts'
import type { OutgoingEvent } from '../../../src/messaging/relay/event-log.ts'
import { someLoggedEvent } from '../../support/events.ts'
import { outgoing } from '../../support/outgoing.ts'
import { openNatsRig } from './nats-rig.ts'
import type { NatsRig } from './nats-rig.ts'

function event(shard: number, lead: string, kib = 0): OutgoingEvent {
  const subject = { kind: 'lead', id: lead }
  const data = { text: 'x'.repeat(kib * 1_024) }
  return outgoing(someLoggedEvent({ id: newId(), externalId: newId(), shard, subject, data }))
}

describe('a bus that refuses events', () => {
  let rig: NatsRig

  beforeEach(async () => {
    rig = await openNatsRig()
  })

  afterEach(async () => await rig[Symbol.asyncDispose]())

  it('stores the other shards to their ends when an event is larger than the server takes', async () => {
    const bus = await rig.openBus()
    const events = [event(1, 'a'), event(2, 'b', 1_100), event(3, 'c'), event(2, 'd'), event(3, 'e')]
    const publication = await bus.publish(events)
    expect([publication.get(1), publication.get(3)]).to.deep.equal([
      { state: 'complete' },
      { state: 'complete' },
    ])
    const stopped = publication.get(2)
    expect(stopped).to.deep.include({ state: 'stopped', stored: 0 })
    if (stopped?.state === 'stopped') expect(stopped.stop.kind).to.equal('refused')
    expect(rig.repairs).to.deep.equal([])
  })

  it("names the event that is refused, not those it shares a message with, at the stream's own limit", async () => {
    const bus = await rig.openBus({ packEventsMax: 16 })
    const outside = await rig.openOutside()
    await (await outside.jetstreamManager()).streams.update(eventsStream, { max_msg_size: 16 * 1_024 })
    const events = [event(1, 'a'), event(1, 'b'), event(1, 'c', 20), event(1, 'd'), event(2, 'e')]
    const publication = await bus.publish(events)
    expect(publication.get(2)).to.deep.equal({ state: 'complete' })
    expect(publication.get(1)).to.deep.include({ state: 'stopped', stored: 2 })
    // Together they are too much for one message, apart they are not.
    const many = Array.from({ length: 4 }, (_, index) => event(3, `m${index}`, 6))
    expect((await bus.publish(many)).get(3)).to.deep.equal({ state: 'complete' })
  })
})
