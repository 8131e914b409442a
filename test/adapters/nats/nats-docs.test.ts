import { readFile } from 'node:fs/promises'
import { expect } from 'chai'
import { connect } from 'nats'
import type { NatsConnection } from 'nats'
import { openNatsEventBus } from '../../../src/adapters/nats/nats-event-bus.ts'
import type { NatsEventBus } from '../../../src/adapters/nats/nats-event-bus.ts'
import { systemClock } from '../../../src/kernel/clock.ts'
import { silentLogger } from '../../../src/kernel/logger.ts'
import type { IngestMessage } from '../../../src/messaging/bus/event-bus.ts'
import { eventually } from '../../support/eventually.ts'
import { makeAuthority } from './access/certificates.ts'
import { startConfiguredNats } from './configured-nats.ts'
import type { ConfiguredNats } from './configured-nats.ts'
import { collectIds, idsOf, makeEvents, publishAll } from './nats-rig.ts'

/** The first configuration of docs/nats.md, as it stands there, but for where it listens and where its files are. */
async function documentedServer(): Promise<ConfiguredNats> {
  const page = await readFile(new URL('../../../docs/nats.md', import.meta.url), 'utf8')
  const block = /```conf\n(server_name[\s\S]+?)```/.exec(page)?.[1] ?? ''
  const { cert: ca, issue } = makeAuthority()
  const { cert, key } = issue(['127.0.0.1'])
  return await startConfiguredNats(async (file) => {
    const paths = [await file('server.pem', cert), await file('server.key', key), await file('ca.pem', ca)]
    return paths
      .reduce((text, path) => text.replace(path.replace(/.*\//, '/etc/nats/'), path), block)
      .replace(/^listen:.*\n/m, '')
      .replace(/^ *store_dir:.*\n/m, '')
  })
}

describe('the server configuration of docs/nats.md', function () {
  this.timeout(60_000)
  let nats: ConfiguredNats
  let bus: NatsEventBus
  const opened: NatsConnection[] = []

  before(async () => {
    nats = await documentedServer()
    const tls = {
      caFile: `${nats.folder}/ca.pem`,
      certFile: null,
      keyFile: null,
      serverName: null,
      handshakeFirst: false,
    }
    bus = await openNatsEventBus({
      url: `nats://neuronx:CHANGE-ME-neuronx@127.0.0.1:${nats.port}`,
      access: { credentials: { kind: 'none' }, tls },
      clock: systemClock,
      logger: silentLogger,
    })
  })

  after(async () => {
    for (const connection of opened) await connection.close()
    await bus.close()
    await nats[Symbol.asyncDispose]()
  })

  async function as(user: string, name = user.replace('ingest-', '')): Promise<NatsConnection> {
    const connection = await connect({
      servers: `127.0.0.1:${nats.port}`,
      user,
      pass: `CHANGE-ME-${name}`,
      inboxPrefix: `_INBOX_${name}`,
      tls: { caFile: `${nats.folder}/ca.pem`, checkServerIdentity: () => undefined } as object,
    })
    opened.push(connection)
    return connection
  }

  /** What the server refused on a connection after `act`. */
  async function violations(connection: NatsConnection, act: () => void): Promise<string[]> {
    const refused: string[] = []
    void (async () => {
      for await (const { permissionContext } of connection.status())
        if (permissionContext !== undefined)
          refused.push(`${permissionContext.operation} ${permissionContext.subject}`)
    })()
    act()
    await connection.flush()
    await eventually(() => refused.length > 0)
    return refused
  }

  it('lets the daemon do all its work', async () => {
    const ids = await collectIds(bus)
    const all = makeEvents(5)
    await publishAll(bus, all)
    await eventually(() => expect(ids).to.deep.equal(idsOf(all)))
    // They share a message, which stands where its first event stands.
    await eventually(async () =>
      expect(await bus.progress(9)).to.deep.equal({ backlog: 0, settledTo: { txid: '1', pos: '0' } }),
    )
    let nudged = 0
    bus.onNudge('events', () => (nudged += 1))
    bus.nudge('events')
    await eventually(() => expect(nudged).to.equal(1))
    const facts = await bus.busFacts()
    expect(facts.streams.map(({ name }) => name)).to.deep.equal(['NX_EVENTS', 'NX_INGEST'])
    expect(facts).to.deep.include({ warnings: [], consumersAhead: [], streamsMissing: [] })
  })

  it('lets a tenant publish its own events, and hear that they are committed', async () => {
    const got: IngestMessage[] = []
    const subscription = await bus.subscribeIngest(10, (message) => {
      got.push(message)
      message.accept('{"state":"accepted"}')
    })
    const acme = await as('ingest-acme')
    await acme.jetstream().publish('nx.ingest.acme.lead.created', '{}')
    const answer = await acme.request('nx.request.ingest.acme', '{}')
    expect(answer.json()).to.deep.equal({ state: 'accepted' })
    await eventually(() => expect(got.map(({ tenantSlug }) => tenantSlug)).to.deep.equal(['acme', 'acme']))
    await subscription.close()
  })

  for (const [what, subject] of [
    ['publish as another tenant', 'nx.ingest.globex.lead.created'],
    ['ask as another tenant', 'nx.request.ingest.globex'],
    ['put events on the bus', 'nx.events.9.acme.lead.created'],
    ['make a stream', '$JS.API.STREAM.CREATE.MINE'],
    ['remove a stream', '$JS.API.STREAM.DELETE.NX_EVENTS'],
    ['make a consumer of all events', '$JS.API.CONSUMER.CREATE.NX_EVENTS'],
    ['read a stored message', '$JS.API.STREAM.MSG.GET.NX_EVENTS'],
    ['take from the ingest durable', '$JS.API.CONSUMER.MSG.NEXT.NX_INGEST.nx-ingest'],
    ['acknowledge for the daemon', '$JS.ACK.NX_EVENTS.nx-shard-9.1.1.1.1.0'],
  ] as const) {
    it(`does not let a tenant ${what}`, async () => {
      const acme = await as('ingest-acme')
      expect(await violations(acme, () => acme.publish(subject, '{}'))).to.deep.equal([`publish ${subject}`])
    })
  }

  for (const subject of [
    'nx.events.>',
    'nx.ingest.>',
    '_INBOX.>',
    '_INBOX_globex.>',
    'nx.request.ingest.acme',
    '>',
  ]) {
    it(`does not let a tenant listen to ${subject}`, async () => {
      const acme = await as('ingest-acme')
      const refused = await violations(acme, () => void acme.subscribe(subject, { callback: () => {} }))
      expect(refused).to.deep.equal([`subscription ${subject}`])
    })
  }

  it('shows the reader events as they pass, and lets it change nothing', async () => {
    const reader = await as('reader')
    const seen: string[] = []
    reader.subscribe('nx.events.>', { callback: (_error, { subject }) => void seen.push(subject) })
    await reader.flush()
    await publishAll(bus, makeEvents(1))
    await eventually(() => expect(seen).to.have.length(1))
    for (const subject of ['nx.events.9.acme.x', '$JS.API.STREAM.PURGE.NX_EVENTS'])
      expect(await violations(reader, () => reader.publish(subject))).to.deep.equal([`publish ${subject}`])
  })

  it('does not let a tenant make the daemon answer into subjects of the bus', async () => {
    const subscription = await bus.subscribeIngest(10, (message) => message.accept('{}'))
    const acme = await as('ingest-acme')
    const before = (await bus.busFacts()).streams[0]?.messages
    acme.publish('nx.request.ingest.acme', '{}', { reply: 'nx.events.9.acme.lead.created' })
    await acme.request('nx.request.ingest.acme', '{}')
    expect((await bus.busFacts()).streams[0]?.messages).to.equal(before)
    await subscription.close()
  })
})
