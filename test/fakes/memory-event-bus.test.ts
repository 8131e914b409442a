import { expect } from 'chai'
import { eventBusContract } from '../contracts/event-bus.contract.ts'
import { eventually } from '../support/eventually.ts'
import { someLoggedEvent } from '../support/events.ts'
import { outgoing } from '../support/outgoing.ts'
import { MemoryEventBus } from './memory-event-bus.ts'

eventBusContract('in memory', async () => {
  const bus = new MemoryEventBus()
  return {
    bus,
    offer: async (subject, body) => bus.offer(subject, Buffer.from(body)),
    close: async () => {},
  }
})

describe('the faults of the bus in memory', () => {
  async function setup(): Promise<{
    bus: MemoryEventBus
    got: string[]
    publish(...ids: string[]): Promise<void>
  }> {
    const bus = new MemoryEventBus()
    const got: string[] = []
    await bus.subscribe(7, 100, (message) => {
      got.push(message.event.externalId)
      message.ack()
    })
    const publish = async (...ids: string[]): Promise<void> => {
      await bus.publish(ids.map((externalId) => outgoing(someLoggedEvent({ externalId, shard: 7 }))))
    }
    return { bus, got, publish }
  }

  const heard = async (got: readonly string[], ...ids: readonly string[]) =>
    await eventually(() => expect(got).to.deep.equal(ids))

  it('loses the end of its stream, and then passes over as many new messages until it is healed', async () => {
    const { bus, got, publish } = await setup()
    await publish('a', 'b', 'c')
    await heard(got, 'a', 'b', 'c')
    bus.loseTail(2)
    await publish('d', 'e')
    expect(await bus.progress(7)).to.deep.equal({ backlog: 0, settledTo: null })
    await publish('f')
    await heard(got, 'a', 'b', 'c', 'f')
    bus.loseTail(1)
    bus.heal()
    await publish('g')
    await heard(got, 'a', 'b', 'c', 'f', 'g')
  })

  it('knows the ids of what it lost no more', async () => {
    const { bus, got, publish } = await setup()
    await publish('a')
    await heard(got, 'a')
    bus.loseTail(1)
    bus.heal()
    await publish('a')
    await heard(got, 'a', 'a')
  })

  it('delivers everything that it holds once more', async () => {
    const { bus, got, publish } = await setup()
    await publish('a', 'b')
    await heard(got, 'a', 'b')
    bus.deliverAll()
    await heard(got, 'a', 'b', 'a', 'b')
  })

  it('delivers nothing while it cannot be reached, and what it held when it can', async () => {
    const { bus, got, publish } = await setup()
    await publish('a')
    bus.reachable = false
    await publish('b')
    bus.reconnect()
    await heard(got, 'a')
    await publish('b')
    await heard(got, 'a', 'b')
  })
})
