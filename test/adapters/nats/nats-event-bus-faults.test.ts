import { expect } from 'chai'
import { cp, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { BusMessage } from '../../../src/messaging/bus/event-bus.ts'
import { eventually } from '../../support/eventually.ts'
import { collectIds, idsOf, makeEvents, openNatsRig, publishAll, shard } from './nats-rig.ts'
import type { NatsRig } from './nats-rig.ts'

describe('the NATS bus under faults', function () {
  this.timeout(60_000)
  let rig: NatsRig

  beforeEach(async () => {
    rig = await openNatsRig()
  })

  afterEach(async () => rig[Symbol.asyncDispose]())

  it('loses no event when the server restarts while they are published', async () => {
    const bus = await rig.openBus()
    const ids = await collectIds(bus)
    const all = makeEvents(3_000)
    const publishing = publishAll(bus, all)
    await eventually(() => ids.length > 100)
    await rig.restart()
    await publishing
    await eventually(() => expect(new Set(ids)).to.deep.equal(new Set(idsOf(all))))
  })

  it('tells how many of the leading events are stored, and fails at once while there is no connection', async () => {
    const bus = await rig.openBus()
    expect([...(await bus.publish(makeEvents(3))).values()]).to.deep.equal([{ state: 'complete' }])
    await rig.server.stop()
    await eventually(
      async () =>
        (await bus.check().then(
          () => null,
          (error: { code: string }) => error.code,
        )) === 'NX-BUS-UNREACHABLE',
    )
    expect((await bus.publish(makeEvents(3))).get(shard)).to.deep.include({ state: 'stopped', stored: 0 })
  })

  it('makes streams and durables again after the data of the server was wiped, and goes on delivering', async () => {
    const bus = await rig.openBus()
    const ids = await collectIds(bus)
    const [before, after] = [makeEvents(5), makeEvents(5)]
    await publishAll(bus, before)
    await eventually(() => expect(ids).to.include.members(idsOf(before)))
    await rig.restart(async () => rm(join(rig.dataDir, 'nats'), { recursive: true }))
    await publishAll(bus, after)
    await eventually(() => expect(ids).to.include.members(idsOf(after)))
    expect(rig.repairs).to.include.members(['stream NX_EVENTS', 'stream NX_INGEST', 'durable nx-shard-9'])
  })

  it('drops acknowledgements of a stream that was wiped: their numbers mean other messages now', async () => {
    const bus = await rig.openBus()
    const held: BusMessage[] = []
    await bus.subscribe(shard, 32, (message) => held.push(message))
    await publishAll(bus, makeEvents(3))
    await eventually(() => expect(held).to.have.length(3))
    await rig.restart(async () => rm(join(rig.dataDir, 'nats'), { recursive: true }))
    const again = makeEvents(3)
    await publishAll(bus, again)
    await eventually(() => expect(held.map(({ event }) => event.id)).to.include.members(idsOf(again)))
    for (const message of held.slice(0, 3)) message.ack()
    // None of the new ones was answered, so all of them come again.
    await eventually(() => {
      const twice = idsOf(again).filter((id) => held.filter((message) => message.event.id === id).length > 1)
      expect(twice).to.have.length(3)
    })
  })

  it('makes a stream again that somebody removed under its subscribers', async () => {
    const bus = await rig.openBus()
    const ids = await collectIds(bus)
    const outside = await rig.openOutside()
    await (await outside.jetstreamManager()).streams.delete('NX_EVENTS')
    const all = makeEvents(5)
    await publishAll(bus, all)
    await eventually(() => expect(ids).to.have.members(idsOf(all)))
  })

  it('makes a durable again that somebody removed under its subscriber', async () => {
    const bus = await rig.openBus()
    const ids = await collectIds(bus)
    const outside = await rig.openOutside()
    await (await outside.jetstreamManager()).consumers.delete('NX_EVENTS', 'nx-shard-9')
    const all = makeEvents(5)
    await publishAll(bus, all)
    await eventually(() => expect(ids).to.have.members(idsOf(all)))
    expect(rig.repairs).to.deep.equal(['durable nx-shard-9'])
  })

  it('makes a durable again that is ahead of a stream which lost its end', async () => {
    const messages = join(rig.dataDir, 'nats', 'jetstream', '$G', 'streams', 'NX_EVENTS', 'msgs')
    const bus = await rig.openBus()
    const ids = await collectIds(bus)
    await publishAll(bus, makeEvents(1))
    await rig.restart(async () => cp(messages, `${rig.dataDir}/kept`, { recursive: true }))
    await publishAll(bus, makeEvents(50))
    await eventually(() => new Set(ids).size === 51)
    await rig.restart(async () => {
      await rm(messages, { recursive: true })
      await cp(`${rig.dataDir}/kept`, messages, { recursive: true })
    })
    const after = makeEvents(3)
    await publishAll(bus, after)
    await eventually(() => expect(ids).to.include.members(idsOf(after)))
    expect(rig.repairs).to.deep.equal(['durable nx-shard-9, which was ahead of its stream'])
  })

  it('empties a stream with a damaged block, which would take messages and never deliver them', async () => {
    const blocks = join(rig.dataDir, 'nats', 'jetstream', '$G', 'streams', 'NX_EVENTS', 'msgs')
    const bus = await rig.openBus()
    const ids = await collectIds(bus)
    const before = makeEvents(300)
    await publishAll(bus, before)
    await eventually(() => expect(new Set(ids).size).to.equal(300))
    await rig.restart(async () => {
      const block = join(blocks, '1.blk')
      const bytes = await readFile(block)
      // A record begins with its length, whose highest bit says that it has headers.
      let at = 0
      for (let skipped = 0; skipped < 150; skipped += 1) at += bytes.readUInt32LE(at) & 0x7fff_ffff
      bytes[at + 1] = (bytes[at + 1] ?? 0) ^ 0x10
      await writeFile(block, bytes)
    })
    // What the reconciler does: publishes until it is delivered.
    await eventually(async () => {
      const after = makeEvents(3)
      await publishAll(bus, after)
      await eventually(() => expect(ids).to.include.members(idsOf(after)), 1_000)
    }, 50_000)
    expect(rig.repairs).to.include('stream NX_EVENTS, whose newest message could not be read')
  })
})
