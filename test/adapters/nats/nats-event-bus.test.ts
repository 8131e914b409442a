import { expect } from 'chai'
import { RetentionPolicy } from 'nats'
import type { IngestMessage } from '../../../src/messaging/bus/event-bus.ts'
import { eventually } from '../../support/eventually.ts'
import { collectIds, idsOf, makeEvents, openNatsRig, publishAll } from './nats-rig.ts'
import type { NatsRig } from './nats-rig.ts'

describe('NatsEventBus', function () {
  this.timeout(60_000)
  let rig: NatsRig

  beforeEach(async () => {
    rig = await openNatsRig()
  })

  afterEach(async () => rig[Symbol.asyncDispose]())

  it('passes over what is not an event, reports it, and never delivers it again', async () => {
    const undecodable: string[] = []
    const bus = await rig.openBus({ onUndecodable: (subject) => undecodable.push(subject) })
    const outside = await rig.openOutside()
    await outside.jetstream().publish('nx.events.9.acme.lead.created', '{"no":"event"}')
    const all = makeEvents(2)
    await publishAll(bus, all)
    const ids = await collectIds(bus)
    await eventually(() => expect(ids).to.have.members(idsOf(all)))
    expect(undecodable).to.deep.equal(['nx.events.9.acme.lead.created'])
    const { num_ack_pending } = await (
      await outside.jetstreamManager()
    ).consumers.info('NX_EVENTS', 'nx-shard-9')
    expect(num_ack_pending).to.equal(0)
  })

  it('answers an ingest request when it is accepted, and asks to come again when it is not stored', async () => {
    const bus = await rig.openBus()
    await bus.subscribeIngest(10, (message: IngestMessage) => {
      if (message.body.toString() === 'good') message.accept(`{"tenant":"${message.tenantSlug}"}`)
      else message.retryLater(1_000)
    })
    const outside = await rig.openOutside()
    const accepted = await outside.request('nx.request.ingest.acme', 'good')
    const refused = await outside.request('nx.request.ingest.acme', 'later')
    expect(accepted.json()).to.deep.equal({ tenant: 'acme' })
    expect(refused.json()).to.include({ status: 503, code: 'NX-INGEST-BUSY' })
  })

  it('turns ingest requests away beyond prefetchMax instead of piling them up', async () => {
    const bus = await rig.openBus()
    const waiting: IngestMessage[] = []
    await bus.subscribeIngest(2, (message) => waiting.push(message))
    const outside = await rig.openOutside()
    const answers = [1, 2].map(() => outside.request('nx.request.ingest.acme', 'x', { timeout: 10_000 }))
    await eventually(() => expect(waiting).to.have.length(2))
    expect((await outside.request('nx.request.ingest.acme', 'x')).json()).to.include({
      code: 'NX-INGEST-BUSY',
    })
    for (const message of waiting) message.accept('{"stored":true}')
    for (const answer of answers) expect((await answer).json()).to.deep.equal({ stored: true })
  })

  it('names no tenant for a subject that holds no slug', async () => {
    const bus = await rig.openBus()
    const slugs: string[] = []
    await bus.subscribeIngest(10, (message) => {
      slugs.push(message.tenantSlug)
      message.refuse('{}')
    })
    const outside = await rig.openOutside()
    await outside.jetstream().publish('nx.ingest.Not_A_Slug.x', '{}')
    await eventually(() => expect(slugs).to.deep.equal(['']))
  })

  it('tells a publisher when the ingest stream is full instead of dropping the oldest', async () => {
    await rig.openBus({ streams: { ingestBytesMax: 4_096 } })
    const outside = await rig.openOutside()
    let taken = 0
    const publish = async (): Promise<boolean> =>
      await outside
        .jetstream()
        .publish('nx.ingest.acme.x', 'x'.repeat(1_000))
        .then(
          () => true,
          () => false,
        )
    while (taken < 20 && (await publish())) taken += 1
    const { state } = await (await outside.jetstreamManager()).streams.info('NX_INGEST')
    expect(taken).to.be.within(1, 4)
    expect(state).to.include({ first_seq: 1, messages: taken })
  })

  it('brings a stream whose limits changed into shape at the next start', async () => {
    await rig.openBus({ streams: { eventsBytesMax: 10_000_000 } })
    await rig.openBus({ streams: { eventsBytesMax: 20_000_000 } })
    const info = await (await (await rig.openOutside()).jetstreamManager()).streams.info('NX_EVENTS')
    expect(info.config).to.include({
      max_bytes: 20_000_000,
      retention: 'limits',
      discard: 'old',
      num_replicas: 1,
    })
  })

  it('refuses a stream that cannot be brought into shape, with the fields that differ', async () => {
    const jsm = await (await rig.openOutside()).jetstreamManager()
    await jsm.streams.add({
      name: 'NX_EVENTS',
      subjects: ['nx.events.>'],
      retention: RetentionPolicy.Workqueue,
    })
    const error = await rig.openBus().then(
      () => null,
      (thrown: { code: string; detail: string }) => thrown,
    )
    expect(error?.code).to.equal('NX-BUS-STREAM')
    expect(error?.detail).to.include('retention')
  })

  it('refuses wrong credentials at once, and an absent server after the time allowed; neither error shows the password', async () => {
    const secret = 'hunter2hunter2'
    const wrong = `nats://neuronx:${secret}@127.0.0.1:${rig.server.port}`
    const refused = await rig.openBus({ url: wrong }).then(
      () => null,
      (error: { code: string }) => error,
    )
    expect(refused?.code).to.equal('NX-BUS-AUTH')
    await rig.server.stop()
    const absent = await rig.openBus({ url: wrong, connectMs: 300 }).then(
      () => null,
      (error: { code: string }) => error,
    )
    expect(absent?.code).to.equal('NX-BUS-UNREACHABLE')
    expect(JSON.stringify([refused, absent]) + String(refused) + String(absent)).not.to.include(secret)
  })
})
