import { expect } from 'chai'
import { compileIntegration } from '../../../../src/adapters/connectors/compile-integrations.ts'
import {
  createGhlTestKeys,
  ghlContactWebhook,
  signGhlWebhook,
} from '../../../../src/adapters/connectors/fakes/ghl-webhooks.ts'
import { integrationSchema } from '../../../../src/adapters/connectors/integration-schema.ts'
import type { StoredDeliveriesOptions } from '../../../../src/adapters/connectors/webhooks/stored-deliveries.ts'
import { StoredDeliveries } from '../../../../src/adapters/connectors/webhooks/stored-deliveries.ts'
import { whatsappWebhooks } from '../../../../src/adapters/connectors/webhooks/vendors/whatsapp-webhooks.ts'
import type { JsonObject, JsonValue } from '../../../../src/kernel/json.ts'
import { defaultIntakeLimits } from '../../../../src/messaging/intake/tenant-limits.ts'
import { receiving } from './receiving.ts'
import { ManualClock } from '../../../fakes/manual-clock.ts'

const keys = createGhlTestKeys()
const clock = new ManualClock('2026-03-05T12:00:00.000Z')
const sentLongAgo = { locationId: 'loc-1', webhookId: 'w-1', sentAt: new Date('2026-01-01T00:00:00Z') }
const contact = { id: 'c-1', firstName: 'Ada', lastName: 'Lovelace', email: 'ada@example.com' }

const receiverOf = (locationId: string) => {
  const { webhooks } = compileIntegration(
    integrationSchema.parse({
      apiVersion: 'neuronx/v1',
      kind: 'Integration',
      name: 'ghl',
      connector: 'gohighlevel',
      connection: { locationId },
      credentials: { accessToken: { secret: 'ghl-token' } },
      webhooks: { ed25519PublicKey: keys.ed25519.publicKeyPem },
    }),
  )
  if (webhooks === null) throw new Error('no webhooks')
  return webhooks
}

function deliveries(locationId = 'loc-1', more: Partial<StoredDeliveriesOptions> = {}): StoredDeliveries {
  return new StoredDeliveries({
    ...more,
    route: async (_tenantId, name) =>
      name === 'ghl' ? { workspace: 'eu', receiver: receiverOf(locationId) } : null,
    slugOf: () => 'acme',
    clock,
  })
}

async function webhook(payload: JsonValue, integration = 'ghl', locationId = 'loc-1') {
  return deliveries(locationId).translate({ tenantId: 't', source: 'webhook', integration, payload })
}

const cloudEvent: JsonObject = {
  specversion: '1.0',
  id: 'e-1',
  source: 'erp',
  type: 'invoice.paid',
  subject: 'invoice/1',
  data: { amount: 3 },
}

describe('StoredDeliveries', () => {
  it('maps a webhook with the present mapping, however long ago it was sent, under the key of its delivery', async () => {
    const body = ghlContactWebhook('ContactCreate', contact, sentLongAgo)
    const translated = await webhook({ headers: {}, body })
    if (translated.state !== 'mapped') throw new Error(JSON.stringify(translated))
    expect(translated.event.event).to.include({
      workspace: 'eu',
      source: 'integration/ghl',
      externalId: 'w-1',
    })
    expect(translated.event.event.time).to.equal('2026-01-01T00:00:00.000Z')
  })

  it('makes of a delivery what its receiver would have made of it when it came', async () => {
    const body = ghlContactWebhook('ContactCreate', contact, { ...sentLongAgo, sentAt: clock.now() })
    const signed = signGhlWebhook(body, keys)
    const reception = receiverOf('loc-1').receive(
      { method: 'POST', url: '/', headers: signed.headers, body: Buffer.from(signed.body) },
      { tenantId: 't', workspace: 'eu', now: clock.now() },
    )
    const received = reception.state === 'readable' ? reception.request.events[0] : undefined
    const translated = await webhook({ body })
    const stored = translated.state === 'mapped' ? translated.event : undefined
    expect(stored?.digest).to.equal(received?.digest)
    expect(stored?.event.externalId).to.equal(received?.event.externalId)
    expect(stored?.horizonMs).to.equal(received?.horizonMs)
  })

  it("remembers what it made for as long as the tenant's limits say, as when it comes", async () => {
    const intake = (tenantId: string) => ({ ...defaultIntakeLimits, keyHorizonMs: tenantId === 't' ? 5 : 6 })
    const stored = deliveries('loc-1', { tenantLimits: { intake } })
    const body = ghlContactWebhook('ContactCreate', contact, sentLongAgo)
    for (const delivery of [
      { source: 'webhook', integration: 'ghl', payload: { body } },
      { source: 'ingest', integration: null, payload: { body: cloudEvent } },
    ] as const) {
      const translated = await stored.translate({ tenantId: 't', ...delivery })
      expect(translated.state === 'mapped' ? translated.event.horizonMs : null, delivery.source).to.equal(5)
    }
  })

  for (const { title, code, payload, integration, locationId } of [
    {
      title: 'a type that no mapping knows still',
      code: 'NX-HOOK-UNKNOWN-TYPE',
      payload: { body: { type: 'Nope', locationId: 'loc-1' } },
    },
    {
      title: 'an account of somebody else',
      code: 'NX-HOOK-ACCOUNT',
      payload: { body: ghlContactWebhook('ContactCreate', contact, sentLongAgo) },
      locationId: 'loc-2',
    },
    {
      title: 'an integration that is gone',
      code: 'NX-HOOK-UNKNOWN',
      payload: { body: {} },
      integration: 'gone',
    },
    {
      title: 'bytes that are no JSON',
      code: 'NX-HOOK-JSON',
      payload: { bodyBase64: Buffer.from('{').toString('base64') },
    },
    { title: 'a letter without a body', code: 'NX-DLQ-NO-BODY', payload: { headers: {} } },
  ]) {
    it(`says why it cannot map ${title}`, async () => {
      expect(await webhook(payload as JsonValue, integration, locationId)).to.include({
        state: 'unmappable',
        code,
      })
    })
  }

  it('makes all of a delivery that held several, and ties receipts to the commands that sent the messages', async () => {
    const { receiver } = receiving(whatsappWebhooks, 'meta', { phoneNumberId: 'PN1' })
    const sent = {
      commandId: 'cmd',
      workspace: 'eu',
      entityKey: 'eu/lead/ada',
      correlationId: 'c',
      instanceId: null,
      operation: 'message.send',
      cause: 'RuleSet/a#b',
    }
    const stored = new StoredDeliveries({
      route: async () => ({ workspace: 'eu', receiver }),
      slugOf: () => 'acme',
      messages: { find: async () => new Map([['w1', sent]]) },
      clock,
    })
    const value = {
      metadata: { phone_number_id: 'PN1' },
      messages: [{ id: 'm1', from: '1555', type: 'text', text: { body: 'hi' } }],
      statuses: [{ id: 'w1', status: 'read' }],
    }
    const translate = async (payload: JsonValue) =>
      await stored.translate({ tenantId: 't', source: 'webhook', integration: 'wa', payload })
    const whole = { entry: [{ id: 'W', changes: [{ field: 'messages', value }] }] }
    const both = await translate({ body: whole })
    if (both.state !== 'mapped') throw new Error(JSON.stringify(both))
    expect(
      [both.event, ...(both.more ?? [])].map(({ event }) => [event.type, event.subject.id]),
    ).to.deep.equal([
      ['message.received', '+1555'],
      ['message.read', 'ada'],
    ])
    const asJson = { jsonBase64: Buffer.from(JSON.stringify(whole)).toString('base64') }
    expect(await translate(asJson)).to.include({ state: 'mapped' })
    const nothing = { metadata: value.metadata, statuses: [{ id: 'w1', status: 'sent' }] }
    const sentOnly = { entry: [{ id: 'W', changes: [{ field: 'messages', value: nothing }] }] }
    expect(await translate({ body: sentOnly })).to.include({ code: 'NX-HOOK-NOTHING' })
  })

  it('reads an ingested CloudEvent again, unless it names another tenant', async () => {
    const ingest = async (event: JsonObject) =>
      deliveries().translate({
        tenantId: 't',
        source: 'ingest',
        integration: null,
        payload: { body: JSON.stringify(event) },
      })
    const mapped = await ingest({ ...cloudEvent, tenant: 'acme' })
    expect(mapped.state === 'mapped' ? mapped.event.event : mapped).to.include({
      source: 'erp',
      externalId: 'e-1',
    })
    expect(await ingest({ ...cloudEvent, tenant: 'other' })).to.include({ code: 'NX-EVENT-TENANT' })
    expect(await ingest({ ...cloudEvent, type: 'BAD TYPE' })).to.include({ state: 'unmappable' })
  })
})
