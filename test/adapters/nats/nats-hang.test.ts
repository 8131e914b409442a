import { stat, truncate } from 'node:fs/promises'
import { expect } from 'chai'
import { connect } from 'nats'
import { openNatsEventBus } from '../../../src/adapters/nats/nats-event-bus.ts'
import type { NatsEventBus } from '../../../src/adapters/nats/nats-event-bus.ts'
import { systemClock } from '../../../src/kernel/clock.ts'
import { silentLogger } from '../../../src/kernel/logger.ts'
import { eventually } from '../../support/eventually.ts'
import { storedCount } from '../../support/outgoing.ts'
import { messageFiles, startConfiguredNats } from './configured-nats.ts'
import type { ConfiguredNats } from './configured-nats.ts'
import { collectIds, idsOf, makeEvents, publishAll } from './nats-rig.ts'

async function open(nats: ConfiguredNats, warned: string[] = []): Promise<NatsEventBus> {
  const logger = { ...silentLogger, warn: (_fields: object, text: string) => void warned.push(text) }
  return await openNatsEventBus({ url: `nats://127.0.0.1:${nats.port}`, clock: systemClock, logger })
}

async function codeOfCheck(bus: NatsEventBus): Promise<string | null> {
  return await bus.check().then(
    () => null,
    (error: { code: string }) => error.code,
  )
}

describe('a NATS server in trouble', function () {
  this.timeout(120_000)

  it('is found to hang within 25 seconds, and what was on its way comes within 5 seconds of its return', async () => {
    await using nats = await startConfiguredNats('')
    const warned: string[] = []
    await using bus = await open(nats, warned)
    const ids = await collectIds(bus)
    await publishAll(bus, makeEvents(3))
    await eventually(() => ids.length === 3)
    nats.child.kill('SIGSTOP')
    await eventually(() => expect(warned).to.include('The connection to NATS is lost; reconnecting'), 25_000)
    expect(await codeOfCheck(bus)).to.equal('NX-BUS-UNREACHABLE')
    const after = makeEvents(5)
    expect(storedCount(after, await bus.publish(after))).to.equal(0)
    nats.child.kill('SIGCONT')
    await eventually(async () => (await codeOfCheck(bus)) === null, 5_000)
    await publishAll(bus, after)
    await eventually(() => expect(ids).to.include.members(idsOf(after)), 5_000)
  })

  it('whose disk is full takes nothing more and says so; with room and a restart all goes on', async () => {
    await using nats = await startConfiguredNats('', { fileKibMax: 256 })
    const warned: string[] = []
    await using bus = await open(nats, warned)
    const ids = await collectIds(bus)
    const all = makeEvents(1_500)
    let stored = 0
    await eventually(async () => {
      const some = all.slice(stored, stored + 50)
      stored += storedCount(some, await bus.publish(some))
      expect(warned).to.include('Not all events reached the bus; the rest will be published again')
    }, 60_000)
    expect(stored).to.be.below(1_500)
    await nats.restart('')
    await publishAll(bus, all.slice(stored))
    await eventually(() => expect(ids).to.include.members(idsOf(all.slice(stored))), 30_000)
  })

  it('whose stored messages were cut off at the end delivers what is published from then on', async () => {
    await using nats = await startConfiguredNats('')
    await using bus = await open(nats)
    const ids = await collectIds(bus)
    await publishAll(bus, makeEvents(200))
    await eventually(() => ids.length === 200)
    await nats.stop('SIGKILL')
    for (const file of await messageFiles(nats.folder, 'NX_EVENTS'))
      await truncate(file, Math.floor((await stat(file)).size / 2) + 7)
    await nats.restart('')
    const after = makeEvents(5)
    await publishAll(bus, after)
    await eventually(() => expect(ids).to.include.members(idsOf(after)), 60_000)
  })

  it('whose stream was purged under its subscriber delivers what is published from then on', async () => {
    await using nats = await startConfiguredNats('')
    await using bus = await open(nats)
    const ids = await collectIds(bus)
    await publishAll(bus, makeEvents(20))
    const outside = await connect({ servers: `127.0.0.1:${nats.port}` })
    await (await outside.jetstreamManager()).streams.purge('NX_EVENTS')
    await outside.close()
    const after = makeEvents(5)
    await publishAll(bus, after)
    await eventually(() => expect(ids).to.include.members(idsOf(after)), 60_000)
    await eventually(async () => expect((await bus.progress(9))?.backlog).to.equal(0))
  })
})
