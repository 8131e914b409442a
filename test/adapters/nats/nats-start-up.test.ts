import { expect } from 'chai'
import { inspectNats } from '../../../src/adapters/nats/nats-facts.ts'
import { openNatsEventBus } from '../../../src/adapters/nats/nats-event-bus.ts'
import type { NatsEventBus, NatsEventBusOptions } from '../../../src/adapters/nats/nats-event-bus.ts'
import { systemClock } from '../../../src/kernel/clock.ts'
import type { NxError } from '../../../src/kernel/errors.ts'
import { silentLogger } from '../../../src/kernel/logger.ts'
import { startConfiguredNats } from './configured-nats.ts'
import type { ConfiguredNats } from './configured-nats.ts'
import { makeEvents, publishAll } from './nats-rig.ts'

const mib = 1024 ** 2

function optionsFor(nats: ConfiguredNats, change: Partial<NatsEventBusOptions> = {}): NatsEventBusOptions {
  return { url: `nats://127.0.0.1:${nats.port}`, clock: systemClock, logger: silentLogger, ...change }
}

async function open(nats: ConfiguredNats, change: Partial<NatsEventBusOptions> = {}): Promise<NatsEventBus> {
  return await openNatsEventBus(optionsFor(nats, change))
}

async function refusal(nats: ConfiguredNats, change: Partial<NatsEventBusOptions> = {}): Promise<NxError> {
  const outcome = await open(nats, change).then(
    () => null,
    (error: NxError) => error,
  )
  if (outcome === null) throw new Error('It started')
  return outcome
}

describe('starting on a NATS server', function () {
  this.timeout(60_000)

  it('refuses a server that takes only messages smaller than an event can be', async () => {
    await using nats = await startConfiguredNats('max_payload: 512KB')
    const error = await refusal(nats)
    expect([error.code, error.kind]).to.deep.equal(['NX-BUS-MAX-PAYLOAD', 'configuration'])
    expect(error.detail).to.equal('The server takes 524288 bytes; an event of the largest size needs 819200.')
  })

  it('refuses a server without JetStream', async () => {
    await using nats = await startConfiguredNats('# no jetstream')
    expect((await refusal(nats)).code).to.equal('NX-BUS-NO-JETSTREAM')
  })

  it('warns when the account may store less than the streams may take, and says so when one does not fit', async () => {
    await using nats = await startConfiguredNats(`
      jetstream {}
      accounts { NX { jetstream: { max_file: ${64 * mib}, max_mem: 0 }, users: [ { user: nx, password: pw } ] } }
      no_auth_user: nx`)
    const warned: string[] = []
    const logger = { ...silentLogger, warn: (_fields: object, text: string) => void warned.push(text) }
    const error = await refusal(nats, {
      logger,
      streams: { eventsBytesMax: 48 * mib, ingestBytesMax: 32 * mib },
    })
    expect(error.code).to.equal('NX-BUS-STREAM')
    expect(error.fix).to.include('enough storage')
    expect(warned).to.deep.equal([
      'The account may store 67108864 bytes (file), and the streams may take 83886080: raise its limit or lower bus.streams in the settings.',
    ])
    await using bus = await open(nats, { streams: { eventsBytesMax: 16 * mib, ingestBytesMax: 16 * mib } })
    expect((await bus.busFacts()).storage.maxBytes).to.equal(64 * mib)
  })

  it('changes limits, age and duplicate window of streams that exist', async () => {
    await using nats = await startConfiguredNats('')
    await using _before = await open(nats)
    const changed = { eventsBytesMax: 32 * mib, eventsAgeMsMax: 3_600_000, duplicateWindowMs: 300_000 }
    await using bus = await open(nats, { streams: { ...changed, ingestBytesMax: 16 * mib } })
    const { streams } = await bus.busFacts()
    expect(streams.map(({ maxBytes }) => maxBytes)).to.deep.equal([32 * mib, 16 * mib])
    await publishAll(bus, makeEvents(3))
  })

  it('says what cannot be changed, and how to get there', async () => {
    await using nats = await startConfiguredNats('')
    await using bus = await open(nats)
    await publishAll(bus, makeEvents(1))
    const storage = await refusal(nats, { streams: { storage: 'memory' } })
    expect(storage.code).to.equal('NX-BUS-STREAM')
    expect(storage.detail).to.include('It differs in storage')
    expect(storage.fix).to.include('nats stream rm NX_')
    const copies = await refusal(nats, { streams: { replicas: 3 } })
    expect([copies.code, copies.kind]).to.deep.equal(['NX-BUS-STREAM', 'configuration'])
    expect([copies.detail, copies.where?.path]).to.deep.equal([
      'The settings ask for 3 replicas, and the server is in no cluster.',
      'bus.streams.replicas',
    ])
  })

  it('keeps streams in memory when the settings say so', async () => {
    await using nats = await startConfiguredNats('jetstream { max_memory_store: 2GB }')
    await using bus = await open(nats, { streams: { storage: 'memory' } })
    expect((await bus.busFacts()).streams.map(({ storage }) => storage)).to.deep.equal(['memory', 'memory'])
  })

  it('tells about a server without changing anything on it', async () => {
    await using nats = await startConfiguredNats('')
    const look = async () =>
      await inspectNats({ ...optionsFor(nats), name: 'neuronx doctor', connectMs: 5_000 })
    const before = await look()
    expect(before).to.deep.include({
      streams: [],
      streamsMissing: ['NX_EVENTS', 'NX_INGEST'],
      consumersAhead: [],
      cluster: null,
      replicas: 1,
      warnings: [],
      maxPayloadBytes: mib,
      payloadBytesNeeded: 819_200,
    })
    expect(before.version).to.match(/^\d+\.\d+\.\d+/)
    expect(before.syncInterval).to.equal(/^2\.9\./.test(before.version) ? 'known' : 'unknown')
    expect(before.syncIntervalMs).to.equal(before.syncInterval === 'known' ? 60_000 : null)
    expect(await look()).to.deep.equal(before)
    await using bus = await open(nats, { packEventsMax: 1 })
    await publishAll(bus, makeEvents(7))
    const [events] = (await look()).streams
    expect(events).to.deep.include({ name: 'NX_EVENTS', messages: 7, maxBytes: 1024 * mib, replicas: 1 })
    expect(events?.bytes).to.be.above(1_000)
  })
})
