import { expect } from 'chai'
import { connect } from 'nats'
import type { NatsConnection } from 'nats'
import { parseNatsUrl } from '../../src/adapters/nats/nats-url.ts'
import type { RunningDaemon } from '../../src/app/daemon/start-daemon.ts'
import { eventually } from '../support/eventually.ts'
import {
  basicDocuments,
  hitOnCreation,
  leadCreated,
  postEvents,
  startSystem,
} from '../support/system/running-system.ts'
import type { RunningSystem } from '../support/system/running-system.ts'

const page = { limit: 50, cursor: null }
const limits = (intake: string) =>
  `\n---\napiVersion: neuronx/v1\nkind: Limits\nname: acme\nintake: ${intake}\n`

describe('limits of a tenant', () => {
  let system: RunningSystem
  let daemon: RunningDaemon
  let token: string
  let outside: NatsConnection

  before(async () => {
    system = await startSystem()
    await system.apply(basicDocuments(system.vendor.url) + hitOnCreation)
    token = await system.token('ingest')
    daemon = await system.daemon()
    const { servers, tls: _tls, ...credentials } = parseNatsUrl(system.natsUrl)
    outside = await connect({ servers: [...servers], ...credentials })
  })

  after(async () => {
    await outside.close()
    await system[Symbol.asyncDispose]()
  })

  const send = async (lead: string, headers: Readonly<Record<string, string>> = {}) => {
    const answer = await fetch(`${daemon.url}/v1/events`, {
      method: 'POST',
      headers: {
        'content-type': 'application/cloudevents+json',
        authorization: `Bearer ${token}`,
        ...headers,
      },
      body: JSON.stringify(leadCreated(lead)),
    })
    return { status: answer.status, headers: answer.headers, body: (await answer.json()) as object }
  }

  it('answer a repeated request word for word, with one effect', async () => {
    const first = await send('keyed', { 'idempotency-key': '"once"' })
    const again = await send('keyed', { 'idempotency-key': '"once"' })
    expect([first.status, again.status, again.headers.get('idempotent-replayed')]).to.deep.equal([
      202,
      202,
      'true',
    ])
    expect(again.body).to.deep.equal(first.body)
    const other = await send('another', { 'idempotency-key': '"once"' })
    expect(other.status).to.equal(409)
    const hits = () =>
      system.vendor.calls.filter(({ body }) => (body as { lead?: string } | null)?.lead === 'keyed').length
    await eventually(() => hits() === 1)
  })

  it('answer a request over the bus that repeats a source and id with another body with 409 and both digests', async () => {
    const ask = async (data: Readonly<Record<string, unknown>>) =>
      (
        await outside.request('nx.request.ingest.acme', JSON.stringify(leadCreated('asked', data)), {
          timeout: 10_000,
        })
      ).json<{ status?: number; code?: string; conflicts?: readonly Record<string, string>[] }>()
    await ask({ name: 'Ada' })
    const { status, code, conflicts } = await ask({ name: 'Eve' })
    expect([status, code]).to.deep.equal([409, 'NX-EVENT-CONFLICT'])
    expect(conflicts?.[0]?.['digest']).to.match(/^[0-9a-f]{64}$/)
    expect(conflicts?.[0]?.['firstDigest']).to.match(/^[0-9a-f]{64}$/)
    const { items } = await system.operator.messages.deadLetters(system.tenant.id, {}, page)
    expect(items.map(({ source, code: why }) => `${source} ${why}`)).to.deep.equal([
      'ingest NX-EVENT-KEY-REUSED',
    ])
  })

  it('come from the active Limits document, for HTTP and for the bus, and lose nothing on the bus', async () => {
    await system.apply(
      basicDocuments(system.vendor.url) + hitOnCreation + limits('{ eventsPerSecond: 4, burst: 4 }'),
    )
    let refused = 0
    const taken: string[] = []
    for (let index = 0; refused === 0; index += 1) {
      const { status, headers } = await send(`limited-${index}`)
      if (status === 202) taken.push(`limited-${index}`)
      else {
        expect(status).to.equal(429)
        expect(Number(headers.get('retry-after'))).to.be.at.least(1)
        refused += 1
      }
    }
    const ids = Array.from({ length: 12 }, (_, index) => `bus-${index}`)
    for (const id of ids)
      await outside.jetstream().publish('nx.ingest.acme.crm', JSON.stringify(leadCreated(id)))
    await eventually(() => {
      const seen = new Set(system.vendor.calls.map(({ body }) => (body as { lead?: string } | null)?.lead))
      return [...taken, ...ids].every((id) => seen.has(id))
    }, 25_000)
    await system.apply(basicDocuments(system.vendor.url) + hitOnCreation)
    await eventually(async () => (await postEvents(daemon.url, token, leadCreated('free'))).status === 202)
  })
})
