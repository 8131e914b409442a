import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'chai'
import type { ConsumerInfo, JetStreamManager } from 'nats'
import type { BusMessage } from '../../../src/messaging/bus/event-bus.ts'
import { eventually } from '../../support/eventually.ts'
import { idsOf, makeEvents, openNatsRig, publishAll, shard } from './nats-rig.ts'
import type { NatsRig } from './nats-rig.ts'
import { TcpProxy } from '../../support/tcp-proxy.ts'

/** Long enough that nothing in these tests comes again because its wait is over. */
const ackWaitMs = 60_000

const eventIds = (messages: readonly BusMessage[]): string[] => messages.map(({ event }) => event.id)

describe('taking a shard over on NATS', function () {
  this.timeout(60_000)
  let rig: NatsRig
  let proxy: TcpProxy
  let jsm: JetStreamManager | null

  beforeEach(async () => {
    rig = await openNatsRig()
    jsm = null
    proxy = await TcpProxy.open(rig.server.port)
  })

  afterEach(async () => {
    await proxy[Symbol.asyncDispose]()
    await rig[Symbol.asyncDispose]()
  })

  const throughProxy = (): string => rig.server.url.replace(/:\d+$/, `:${proxy.port}`)

  const durable = async (): Promise<ConsumerInfo> => {
    jsm ??= await (await rig.openOutside()).jetstreamManager()
    return await jsm.consumers.info('NX_EVENTS', 'nx-shard-9')
  }

  it('brings what a frozen owner holds, and what comes after it, to the next owner in order within two seconds', async () => {
    const frozen = await rig.openBus({ url: throughProxy(), ackWaitMs })
    const held: BusMessage[] = []
    await frozen.subscribe(shard, 32, (message) => held.push(message))
    const [first, later] = [makeEvents(20), makeEvents(5)]
    const next = await rig.openBus({ ackWaitMs })
    await publishAll(next, first)
    await eventually(() => expect(held).to.have.length(20))
    for (const message of held.slice(0, 5)) message.ack()
    await eventually(async () => expect((await next.progress(shard))?.backlog).to.equal(15))
    proxy.set({ kind: 'freeze' })
    const got: BusMessage[] = []
    await next.subscribe(shard, 64, (message) => got.push(message))
    await publishAll(next, later)
    await eventually(() => expect(got).to.have.length(20), 2_000)
    expect(eventIds(got)).to.deep.equal([...idsOf(first).slice(5), ...idsOf(later)])
    for (const message of got) message.ack()
    await eventually(async () => expect((await next.progress(shard))?.backlog).to.equal(0))
    // The one that hung comes back: nothing is lost, nothing that is settled comes again.
    proxy.set({ kind: 'pass' })
    await eventually(async () => {
      const [last] = makeEvents(1)
      await publishAll(next, last === undefined ? [] : [last])
      for (const message of [...held.slice(20), ...got.slice(20)]) message.ack()
      expect(eventIds([...held.slice(20), ...got.slice(20)])).to.include(last?.eventId)
    })
    expect(eventIds(held.slice(20)).filter((id) => idsOf([...first, ...later]).includes(id))).to.deep.equal(
      [],
    )
  })

  it('does not hand new events to the open requests of an owner that hangs', async () => {
    const frozen = await rig.openBus({ url: throughProxy(), ackWaitMs })
    await frozen.subscribe(shard, 32, () => {})
    const next = await rig.openBus({ ackWaitMs })
    await eventually(async () => expect((await durable()).num_waiting).to.equal(1))
    proxy.set({ kind: 'freeze' })
    const got: BusMessage[] = []
    await next.subscribe(shard, 32, (message) => got.push(message))
    const all = makeEvents(10)
    await publishAll(next, all)
    await eventually(() => expect(eventIds(got)).to.deep.equal(idsOf(all)), 2_000)
  })

  it('leaves the shard to somebody when several take it over at once, and loses nothing', async () => {
    const frozen = await rig.openBus({ url: throughProxy(), ackWaitMs })
    const held: BusMessage[] = []
    await frozen.subscribe(shard, 32, (message) => held.push(message))
    const racers = await Promise.all([1, 2, 3].map(async () => await rig.openBus({ ackWaitMs: 2_000 })))
    const all = makeEvents(200)
    await publishAll(racers[0] ?? frozen, all.slice(0, 100))
    await eventually(() => expect(held).to.have.length(32))
    proxy.set({ kind: 'freeze' })
    const got = new Set<string>()
    await Promise.all(
      racers.map(async (bus) => {
        await bus.subscribe(shard, 32, (message) => {
          got.add(message.event.id)
          message.ack()
        })
      }),
    )
    await publishAll(racers[0] ?? frozen, all.slice(100))
    await eventually(() => expect(got).to.deep.equal(new Set(idsOf(all))), 20_000)
    await eventually(async () => expect((await racers[0]?.progress(shard))?.backlog).to.equal(0))
  })

  it('knows how far it is with a shard of which nothing was ever stored', async () => {
    const bus = await rig.openBus()
    await bus.subscribe(shard, 32, () => {})
    expect(await bus.progress(shard)).to.deep.equal({ backlog: 0, settledTo: null })
  })

  it('finds its way to a durable that others remove and make again while it looks', async () => {
    const bus = await rig.openBus({ ackWaitMs })
    const first = await bus.subscribe(shard, 32, () => {})
    const { config } = await durable()
    const others = await (await rig.openOutside()).jetstreamManager()
    let isOver = false
    const meddling = (async (): Promise<void> => {
      while (!isOver) {
        await others.consumers.delete('NX_EVENTS', 'nx-shard-9').catch(() => {})
        await others.consumers.add('NX_EVENTS', config).catch(() => {})
        await sleep(5)
      }
    })()
    const outcomes = await Promise.allSettled(
      Array.from({ length: 8 }, async () => {
        const looker = await rig.openBus({ ackWaitMs: 2_000 })
        const subscription = await looker.subscribe(shard, 32, () => {})
        for (let look = 0; look < 20; look += 1) await looker.progress(shard)
        await subscription.close()
      }),
    )
    isOver = true
    await meddling
    await first.close()
    const failures = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []))
    expect(failures).to.deep.equal([])
  })

  it('gets what was lost with its own connection again at once', async () => {
    const bus = await rig.openBus({ url: throughProxy(), ackWaitMs })
    const got: BusMessage[] = []
    const outside = await rig.openBus({ ackWaitMs })
    const subscription = await bus.subscribe(shard, 32, (message) => got.push(message))
    await eventually(async () => expect((await durable()).num_waiting).to.equal(1))
    proxy.set({ kind: 'freeze' })
    const all = makeEvents(10)
    await publishAll(outside, all)
    await eventually(async () => expect((await durable()).num_ack_pending).to.equal(10))
    // The server's answers are lost with the connections.
    proxy.cut()
    await eventually(() => expect(eventIds(got)).to.deep.equal(idsOf(all)), 10_000)
    await subscription.close()
  })
})
