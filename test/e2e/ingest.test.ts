import { expect } from 'chai'
import { connect } from 'nats'
import type { NatsConnection } from 'nats'
import { parseNatsUrl } from '../../src/adapters/nats/nats-url.ts'
import { eventually } from '../support/eventually.ts'
import { basicDocuments, hitOnCreation, leadCreated, startSystem } from '../support/system/running-system.ts'
import type { RunningSystem } from '../support/system/running-system.ts'

const page = { limit: 50, cursor: null }

describe('an event that another system publishes straight to NATS', function () {
  this.timeout(60_000)
  let system: RunningSystem
  let outside: NatsConnection

  before(async () => {
    system = await startSystem()
    await system.apply(basicDocuments(system.vendor.url) + hitOnCreation)
    await system.daemon()
    const { servers, tls: _tls, ...credentials } = parseNatsUrl(system.natsUrl)
    outside = await connect({ servers: [...servers], ...credentials })
  })

  after(async () => {
    await outside.close()
    await system[Symbol.asyncDispose]()
  })

  const hits = (lead: string) =>
    system.vendor.calls.filter(({ body }) => (body as { lead?: string } | null)?.lead === lead)

  it('is taken like any other, once', async () => {
    const body = JSON.stringify(leadCreated('from-nats'))
    await outside.jetstream().publish('nx.ingest.acme.crm', body)
    await outside.jetstream().publish('nx.ingest.acme.crm', body)
    await outside.jetstream().publish('nx.ingest.acme.crm', JSON.stringify(leadCreated('from-nats-2')))
    // Different leads are worked off side by side: both must have come through before anything is said about repeats.
    await eventually(() => hits('from-nats-2').length === 1 && hits('from-nats').length >= 1)
    const lead = { workspace: 'default', kind: 'lead', id: 'from-nats' }
    const { items } = await system.operator.messages.events(system.tenant.id, { entity: lead }, page)
    expect(items.filter(({ origin }) => origin === 'external')).to.have.length(1)
    expect(hits('from-nats')).to.have.length(1)
  })

  it('is answered after its commit when it was a request', async () => {
    const answer = await outside.request('nx.request.ingest.acme', JSON.stringify(leadCreated('requested')), {
      timeout: 10_000,
    })
    const { accepted } = answer.json<{ accepted: { id: string; duplicate: boolean }[] }>()
    const [one] = accepted
    expect(one?.duplicate).to.equal(false)
    expect(await system.operator.messages.event(system.tenant.id, one?.id ?? '')).not.to.equal(null)
  })

  it('becomes a dead letter of its tenant when it cannot be read', async () => {
    await outside.jetstream().publish('nx.ingest.acme.crm', '{"specversion":"1.0"')
    const letter = await eventually(async () => {
      const { items } = await system.operator.messages.deadLetters(system.tenant.id, {}, page)
      return items.find(({ source }) => source === 'ingest') ?? false
    })
    expect(letter).to.include({ class: 'invalid', code: 'NX-EVENT-JSON' })
  })

  it('is refused, and not kept for ever, when nobody knows its tenant', async () => {
    const answer = await outside.request('nx.request.ingest.nobody', JSON.stringify(leadCreated('lost')), {
      timeout: 10_000,
    })
    expect(answer.json()).to.include({ code: 'NX-TENANT-NOT-FOUND' })
  })
})
