import { expect } from 'chai'
import { unpack } from '../../../../src/adapters/nats/events/packed-delivery.ts'
import type { Delivery } from '../../../../src/adapters/nats/consumers/pulled-delivery.ts'
import { someLoggedEvent } from '../../../support/events.ts'
import { eventually } from '../../../support/eventually.ts'
import { storedCount } from '../../../support/outgoing.ts'
import { makeEvents, openNatsRig, shard } from '../nats-rig.ts'
import type { NatsRig } from '../nats-rig.ts'

function fakeDelivery(): { delivery: Delivery; ends: string[] } {
  const ends: string[] = []
  const delivery: Delivery = {
    subject: '',
    ack: () => ends.push('ack'),
    retryLater: (ms) => ends.push(`again in ${ms}`),
    discard: () => ends.push('discard'),
  }
  return { delivery, ends }
}

describe('the events of one delivery', () => {
  it('acknowledge it when the last of them is', () => {
    const { delivery, ends } = fakeDelivery()
    const messages = unpack(delivery, [someLoggedEvent({}), someLoggedEvent({}), someLoggedEvent({})])
    messages[2]!.ack()
    messages[0]!.ack()
    messages[0]!.ack()
    messages[0]!.retryLater(5)
    expect(ends).to.deep.equal([])
    messages[1]!.ack()
    expect(ends).to.deep.equal(['ack'])
  })

  it('bring it back once when one of them shall come again, after the longest wait', () => {
    const { delivery, ends } = fakeDelivery()
    const messages = unpack(delivery, [someLoggedEvent({}), someLoggedEvent({}), someLoggedEvent({})])
    messages[0]!.retryLater(1_000)
    messages[1]!.ack()
    messages[2]!.retryLater(0)
    expect(ends).to.deep.equal(['again in 1000'])
  })
})

describe('events that share messages on NATS', () => {
  let rig: NatsRig
  before(async () => {
    rig = await openNatsRig()
  })
  after(async () => rig[Symbol.asyncDispose]())

  it('travel in far fewer messages, in order, and come again until each is acknowledged', async () => {
    const bus = await rig.openBus({ packEventsMax: 16 })
    const events = makeEvents(200)
    expect(storedCount(events, await bus.publish(events))).to.equal(200)
    const stream = (await bus.busFacts()).streams.find(({ name }) => name === 'NX_EVENTS')
    expect(stream?.messages).to.be.within(13, 20)
    const seen: string[] = []
    const refused = events[37]!.eventId
    let refusals = 2
    await bus.subscribe(shard, 8, (message) => {
      seen.push(message.event.id)
      if (message.event.id === refused && refusals-- > 0) message.retryLater(10)
      else message.ack()
    })
    await eventually(async () => (await bus.progress(shard))?.backlog === 0)
    expect([...new Set(seen)]).to.deep.equal(events.map(({ eventId }) => eventId))
    expect(seen.filter((id) => id === refused)).to.have.length(3)
  })
})
