import { expect } from 'chai'
import { connect } from 'node:net'
import { IntakeBatcher } from '../../../../src/messaging/intake/intake-batcher.ts'
import { defaultTenantLimits } from '../../../../src/messaging/intake/tenant-limits.ts'
import { openTestDatabase, querySuperuser } from '../../../support/database.ts'
import { eventually } from '../../../support/eventually.ts'
import { acme, GatewaySetup, globex } from '../gateway-setup.ts'

const batchType = 'application/cloudevents-batch+json'
const event = (id: string, name = 'Ada') => ({
  specversion: '1.0',
  id,
  source: 'crm',
  type: 'lead.created',
  subject: `lead/${id}`,
  data: { name },
})

describe('the gateway under load', () => {
  let setup: GatewaySetup

  beforeEach(() => {
    setup = new GatewaySetup()
  })

  afterEach(async () => await setup.stop())

  it('tells the quota, refuses what is above it with the time to wait, and takes it then', async () => {
    setup.tenantLimits = { ...setup.tenantLimits, eventsPerSecond: 2, burst: 4 }
    await setup.start()
    const first = await setup.publish(event('a'))
    expect([first.headers.get('ratelimit-policy'), first.headers.get('ratelimit')]).to.deep.equal([
      '"events";q=4;w=2',
      '"events";r=3;t=1',
    ])
    await setup.publish([event('b'), event('c'), event('d')], { type: batchType })
    const refused = await setup.publish([event('e'), event('f'), event('g')], { type: batchType })
    expect([refused.status, refused.body?.code]).to.deep.equal([429, 'NX-INTAKE-RATE'])
    expect([refused.headers.get('retry-after'), refused.headers.get('ratelimit')]).to.deep.equal([
      '1',
      '"events";r=0;t=2',
    ])
    setup.clock.advance(1_000)
    expect((await setup.publish([event('e'), event('f')], { type: batchType })).status).to.equal(202)
    const more = await setup.publish([event('g'), event('h'), event('i'), event('j')], { type: batchType })
    expect([more.status, more.headers.get('retry-after')]).to.deep.equal([429, '1'])
  })

  it('counts nothing that was not stored against the quota', async () => {
    setup.tenantLimits = { ...setup.tenantLimits, eventsPerSecond: 1, burst: 1 }
    await setup.start()
    setup.intake.failure = new Error('gone')
    expect((await setup.publish(event('a'))).status).to.equal(500)
    setup.intake.failure = null
    expect((await setup.publish(event('a'))).status).to.equal(202)
  })

  it('refuses bodies that are too many bytes together, and takes them when there is room again', async () => {
    await setup.start({ bodyBytesInFlightMax: 1_500 })
    let commit = (): void => {}
    setup.intake.gate = new Promise((resolve) => (commit = resolve))
    const first = setup.publish(event('a', 'x'.repeat(800)))
    await eventually(async () => {
      const refused = await setup.publish(event('b', 'x'.repeat(1_200)))
      return refused.status === 429 && refused.body?.code === 'NX-HTTP-BYTES'
    })
    commit()
    expect((await first).status).to.equal(202)
    await eventually(async () => (await setup.publish(event('c', 'x'.repeat(1_200)))).status === 202)
  })

  it('breaks off a body that grows above its limit without having said so', async () => {
    await setup.start({ batchBytesMax: 1_000 })
    const { port } = new URL(setup.url)
    const answer = await new Promise<string>((resolve, reject) => {
      let text = ''
      const socket = connect(Number(port), '127.0.0.1', () => {
        socket.write(
          'POST /v1/events HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ingest-of-acme\r\n' +
            'content-type: application/cloudevents+json\r\ntransfer-encoding: chunked\r\n\r\n' +
            `5dc\r\n${'x'.repeat(1_500)}\r\n`,
        )
      })
      socket.on('data', (chunk) => (text += chunk.toString()))
      socket.on('close', () => resolve(text))
      socket.on('error', reject)
    })
    expect(answer).to.match(/^HTTP\/1\.1 413 /)
    expect(answer).to.contain('NX-HTTP-TOO-LARGE')
  })

  it('keeps room for the requests of others when one tenant has many under way', async () => {
    await setup.start({ inFlightMax: 10 })
    let commit = (): void => {}
    setup.intake.gate = new Promise((resolve) => (commit = resolve))
    const flood = Array.from({ length: 20 }, async (_, index) => await setup.publish(event(`f${index}`)))
    await eventually(() => setup.observed.requests.filter((line) => line.endsWith(' 429')).length >= 15)
    const other = setup.publish(event('o'), { token: 'ingest-of-globex' })
    await setup.get('/livez')
    commit()
    expect((await other).status).to.equal(202)
    const statuses = (await Promise.all(flood)).map(({ status }) => status)
    expect(statuses.filter((status) => status === 202)).to.have.length(5)
  })

  it('takes all requests of one tenant while another floods, over HTTP into Postgres', async () => {
    const { database, test, close } = await openTestDatabase()
    try {
      const batcher = new IntakeBatcher({
        store: database.stores.intake,
        limits: defaultTenantLimits,
        waitingEventsMax: 400,
        writersMax: 1,
        onCommit: () => {},
      })
      setup.door = batcher
      await setup.start()
      let flooding = true
      const answers = { taken: 0, refused: 0, other: 0 }
      const flood = Array.from({ length: 24 }, async (_, loop) => {
        for (let round = 0; flooding; round += 1) {
          const events = Array.from({ length: 25 }, (_item, at) => event(`f${loop}-${round}-${at}`))
          const { status, headers } = await setup.publish(events, { type: batchType })
          if (status === 202) answers.taken += 1
          else if (status === 429 && Number(headers.get('retry-after')) >= 1) answers.refused += 1
          else answers.other += 1
        }
      })
      await eventually(() => answers.refused > 0)
      const statuses: number[] = []
      for (let index = 0; index < 40; index += 1) {
        statuses.push((await setup.publish(event(`o${index}`), { token: 'ingest-of-globex' })).status)
      }
      flooding = false
      await Promise.all(flood)
      await batcher.drained()
      expect(statuses).to.deep.equal(Array(40).fill(202))
      expect(answers.other).to.equal(0)
      const count = async (tenantId: string) =>
        (
          await querySuperuser<{ count: number }>(
            test,
            'select count(*)::integer as count from event_log where tenant_id = $1',
            [tenantId],
          )
        )[0]?.count
      expect(await count(globex.id)).to.equal(40)
      expect(await count(acme.id)).to.equal(answers.taken * 25)
    } finally {
      await setup.stop()
      await close()
    }
  })

  it('answers a repeated Idempotency-Key with the first answer, and another body with 409, over HTTP into Postgres', async () => {
    const { database, close } = await openTestDatabase()
    try {
      setup.door = new IntakeBatcher({ store: database.stores.intake, onCommit: () => {} })
      await setup.start()
      const send = async (key: string, ...events: readonly ReturnType<typeof event>[]) =>
        await setup.publish(events, { type: batchType, headers: { 'idempotency-key': key } })
      const first = await send('"k-1"', event('a'), event('b'))
      expect([first.status, first.headers.get('idempotent-replayed')]).to.deep.equal([202, null])
      const again = await send('k-1', event('a'), event('b'))
      expect([again.status, again.headers.get('idempotent-replayed')]).to.deep.equal([202, 'true'])
      expect(again.body).to.deep.equal(first.body)
      const other = await send('"k-1"', event('a'), event('c'))
      expect([other.status, other.body?.code]).to.deep.equal([409, 'NX-IDEMPOTENCY-CONFLICT'])
      const reuse = other.body?.['idempotency'] as Readonly<Record<string, unknown>>
      expect(reuse['firstIds']).to.deep.equal(first.body?.accepted?.map(({ id }) => id))
      expect(
        [reuse['digest'], reuse['firstDigest']].every((text) => /^[0-9a-f]{64}$/.test(String(text))),
      ).to.equal(true)
      const twice = await Promise.all([send('k-2', event('d')), send('k-2', event('d'))])
      expect(twice.map(({ status }) => status)).to.deep.equal([202, 202])
      expect(twice.filter(({ headers }) => headers.get('idempotent-replayed') === 'true')).to.have.length(1)
      const malformed = await send('a b', event('e'))
      expect([malformed.status, malformed.body?.code]).to.deep.equal([400, 'NX-HTTP-IDEMPOTENCY-KEY'])
    } finally {
      await setup.stop()
      await close()
    }
  })
})
