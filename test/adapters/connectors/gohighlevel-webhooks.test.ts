import { expect } from 'chai'
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { compileIntegration } from '../../../src/adapters/connectors/compile-integrations.ts'
import {
  createGhlTestKeys,
  ghlContactWebhook,
  ghlMessageWebhook,
  ghlOpportunityWebhook,
  signGhlWebhook,
} from '../../../src/adapters/connectors/fakes/ghl-webhooks.ts'
import { integrationSchema } from '../../../src/adapters/connectors/integration-schema.ts'
import { defaultHorizonMs } from '../../../src/messaging/intake/event-draft.ts'
import { eventTypePattern } from '../../../src/messaging/events/event.ts'
import type { JsonObject } from '../../../src/kernel/json.ts'
import { sharedData } from '../../support/shared-data.ts'

const keys = createGhlTestKeys()
const now = new Date('2026-03-05T12:00:00.000Z')
const delivery = { locationId: 'loc-1', webhookId: 'w-1', sentAt: now }
const ada = { id: 'c-1', firstName: 'Ada', lastName: 'Lovelace', email: ' Ada@Example.com ', country: 'AE' }

function receive(payload: JsonObject | string, locationId = 'loc-1', companyId?: string) {
  const { webhooks } = compileIntegration(
    integrationSchema.parse({
      apiVersion: 'neuronx/v1',
      kind: 'Integration',
      name: 'ghl',
      connector: 'gohighlevel',
      connection: { locationId, ...(companyId === undefined ? {} : { companyId }) },
      credentials: { accessToken: { secret: 'ghl-token' } },
      webhooks: { ed25519PublicKey: keys.ed25519.publicKeyPem },
    }),
  )
  if (webhooks === null) throw new Error('no webhooks')
  const { headers, body } = signGhlWebhook(payload, keys)
  return webhooks.receive(
    { method: 'POST', url: '/', headers, body: Buffer.from(body) },
    { tenantId: 't', workspace: 'eu', now },
  )
}

function event(payload: JsonObject | string) {
  const reception = receive(payload)
  const incoming = reception.state === 'readable' ? reception.request.events[0] : undefined
  if (incoming === undefined) throw new Error(`No event: ${JSON.stringify(reception)}`)
  return incoming
}

function letter(payload: JsonObject | string) {
  const reception = receive(payload)
  const found = reception.state === 'readable' ? reception.request.deadLetters[0] : undefined
  if (found === undefined) throw new Error(`No dead letter: ${JSON.stringify(reception)}`)
  return found
}

describe('webhooks of GoHighLevel', () => {
  it('make a contact an event about its lead, in canonical words', () => {
    const payload = {
      ...ghlContactWebhook('ContactCreate', ada, delivery),
      customFields: [{ id: 'f1', value: 'x' }],
      newField: 1,
    }
    const { event: made, horizonMs, onConflict } = event(payload)
    expect(made).to.deep.include({
      type: 'contact.created',
      subject: { kind: 'lead', id: 'c-1' },
      source: 'integration/ghl',
      externalId: 'w-1',
      workspace: 'eu',
      time: now.toISOString(),
      data: {
        contact_id: 'c-1',
        name: 'Ada Lovelace',
        first_name: 'Ada',
        last_name: 'Lovelace',
        email: 'ada@example.com',
        country: 'AE',
        added_at: now.toISOString(),
        custom: { f1: 'x' },
        extra: { newField: 1 },
      },
    })
    expect({ horizonMs, onConflict }).to.deep.equal({
      horizonMs: defaultHorizonMs,
      onConflict: 'dead_letter',
    })
  })

  it('make messages and deals events about the contact they name', () => {
    const message = event(
      ghlMessageWebhook('InboundMessage', { contactId: 'c-1', body: 'price?' }, delivery),
    ).event
    expect(message).to.deep.include({ type: 'message.received', subject: { kind: 'lead', id: 'c-1' } })
    expect(message.data).to.include({ direction: 'inbound', text: 'price?', channel: 'sms' })
    const deal = {
      id: 'd-1',
      contactId: 'c-1',
      name: 'Villa',
      monetaryValue: 40,
      pipelineStageId: 's',
      status: 'open',
    } as const
    expect(event(ghlOpportunityWebhook('OpportunityStageUpdate', deal, delivery)).event).to.deep.include({
      type: 'deal.stage_changed',
      subject: { kind: 'lead', id: 'c-1' },
    })
  })

  it('recognise a repeat by webhookId, or by the hash of the body for ten minutes', () => {
    const first = event(ghlContactWebhook('ContactCreate', ada, delivery))
    const again = event(ghlContactWebhook('ContactCreate', ada, delivery))
    expect(again.digest).to.equal(first.digest)
    const { webhookId: _none, ...unnamed } = ghlContactWebhook('ContactCreate', ada, delivery)
    const hashed = event(unnamed)
    expect(hashed.event.externalId).to.match(/^sha256:[0-9a-f]{64}$/)
    expect(hashed.horizonMs).to.equal(600_000)
  })

  it('put a task without a contact beside the integration', () => {
    const task = { type: 'TaskCreate', locationId: 'loc-1', id: 't-1', title: 'Call' }
    expect(event(task).event.subject).to.deep.equal({ kind: 'integration', id: 'ghl' })
  })

  const dead: readonly [string, JsonObject | string, string, RegExp][] = [
    [
      'for another location',
      ghlContactWebhook('ContactCreate', ada, { ...delivery, locationId: 'other' }),
      'NX-HOOK-ACCOUNT',
      /another locationId/,
    ],
    ['for no location at all', { type: 'ContactCreate', id: 'c' }, 'NX-HOOK-ACCOUNT', /names no locationId/],
    ['without a type', { locationId: 'loc-1', id: 'c' }, 'NX-HOOK-NO-TYPE', /no 'type'/],
    ['whose type is a number', { locationId: 'loc-1', type: 7 }, 'NX-HOOK-NO-TYPE', /no 'type'/],
    ['of an unknown type', { locationId: 'loc-1', type: 'SolarFlare' }, 'NX-HOOK-UNKNOWN-TYPE', /SolarFlare/],
    [
      'of an inherited type',
      { locationId: 'loc-1', type: 'constructor' },
      'NX-HOOK-UNKNOWN-TYPE',
      /constructor/,
    ],
    [
      'of a contact without an id',
      { locationId: 'loc-1', type: 'ContactCreate' },
      'NX-HOOK-UNMAPPABLE',
      /id must be there/,
    ],
    [
      'of a contact whose id is an object',
      { locationId: 'loc-1', type: 'ContactCreate', id: {} },
      'NX-HOOK-UNMAPPABLE',
      /id must/,
    ],
    [
      'with an e-mail that is an object',
      { locationId: 'loc-1', type: 'ContactCreate', id: 'c', email: {} },
      'NX-HOOK-UNMAPPABLE',
      /text is needed/,
    ],
    [
      'with a NUL',
      { locationId: 'loc-1', type: 'ContactCreate', id: 'c', name: 'a\u0000' },
      'NX-HOOK-UNMAPPABLE',
      /NUL/,
    ],
    ['that is a list', '[1]', 'NX-HOOK-SHAPE', /not an object/],
  ]
  for (const [what, payload, code, reason] of dead) {
    it(`put one ${what} among the dead letters, with the reason`, () => {
      const found = letter(payload)
      expect(found).to.include({
        source: 'webhook',
        class: 'invalid',
        code,
        integration: 'ghl',
        tenantId: 't',
        workspace: 'eu',
      })
      expect(found.reason).to.match(reason)
      expect(JSON.stringify(found.payload)).to.not.contain('x-ghl-signature')
    })
  }

  it('refuse a replay: signed, but sent outside the window, or with a timestamp that is none', () => {
    const late = { ...delivery, sentAt: new Date(now.getTime() - 301_000) }
    expect(receive(ghlContactWebhook('ContactCreate', ada, late))).to.include({
      state: 'refused',
      why: 'stale',
    })
    expect(receive({ type: 'ContactCreate', locationId: 'loc-1', id: 'c', timestamp: 'soon' })).to.include({
      why: 'stale',
    })
  })

  it('say that a signed body which is not JSON cannot be read', () => {
    expect(receive('{"type":')).to.include({ state: 'malformed' })
  })
})

describe("the vendor's own example payloads", function () {
  const folder = sharedData('webhooks/ghl')
  if (folder === null) it.skip('skipped: ../shared/data/webhooks/ghl is not here')
  const files = folder === null ? [] : readdirSync(folder).filter((file) => file.endsWith('.json'))

  /** Published without `type`, or with one that is no event's name, or another's: known by their shape. */
  const byShape: Readonly<Record<string, string>> = {
    Association: 'association.changed',
    Invoice: 'invoice.changed',
    ObjectSchema: 'object_schema.changed',
    Product: 'product.changed',
    ProviderOutboundMessage: 'message.requested',
    Record: 'record.changed',
    Relation: 'relation.changed',
  }
  const misnamed: Readonly<Record<string, string>> = {
    'UserCreate.json': 'user.changed',
  }

  for (const file of files) {
    const payload = JSON.parse(readFileSync(join(folder ?? '', file), 'utf8')) as JsonObject
    const { timestamp: _old, ...fresh } = payload
    const location =
      fresh['locationId'] ?? fresh['altId'] ?? (fresh['companyId'] === undefined ? undefined : fresh['id'])
    const reception = receive(fresh, String(location ?? 'elsewhere'), String(fresh['companyId'] ?? 'none'))
    if (reception.state !== 'readable') throw new Error(`${file} was not readable`)
    const [incoming] = reception.request.events
    const shape =
      misnamed[file] ??
      Object.entries(byShape).find(
        ([name]) =>
          file.replace(/(Create|Update|Delete|Paid|PartiallyPaid|Void)?(\.\d)?\.json$/, '') === name,
      )?.[1]

    it(`${file} becomes ${incoming?.event.type}`, () => {
      expect(reception.request.deadLetters).to.deep.equal([])
      expect(incoming?.event.type).to.match(eventTypePattern)
      const text = JSON.stringify(incoming?.event.data)
      for (const [member, value] of Object.entries(fresh)) {
        if (['type', 'locationId', 'customFields', 'messageType', 'email'].includes(member)) continue
        for (const leaf of leaves(value)) expect(text, `${member} is kept`).to.contain(leaf)
      }
    })

    it(`${file} says ${shape === undefined ? 'what it is' : 'nothing of what it is: its shape does, and the event notes that'}`, () => {
      const note = incoming?.event.data['recognised']
      if (shape === undefined) return expect(note).to.equal(undefined)
      expect(incoming?.event.type).to.equal(shape)
      return expect(note).to.deep.include({ by: 'shape', type: fresh['type'] ?? null })
    })
  }

  it('are for nobody when the installation names a company and the connection does not say which it is', () => {
    const found = letter({ type: 'INSTALL', appId: 'a', companyId: 'c' })
    expect(found.code).to.equal('NX-HOOK-ACCOUNT')
    expect(found.reason).to.match(/does not say which companyId is its own/)
    const other = receive({ type: 'INSTALL', appId: 'a', companyId: 'c' }, 'loc-1', 'another')
    expect(other.state === 'readable' ? other.request.deadLetters[0]?.code : null).to.equal('NX-HOOK-ACCOUNT')
  })

  it('that fit two shapes are put aside rather than guessed at', () => {
    const both = {
      locationId: 'loc-1',
      _id: 'x',
      productType: 'DIGITAL',
      availableInStore: true,
      product: 'p',
      currency: 'USD',
      amount: 3,
    }
    const found = letter(both)
    expect(found).to.include({ code: 'NX-HOOK-AMBIGUOUS' })
    expect(found.reason).to.match(/Product or Price/)
  })
})

/** Every scalar inside a value, as JSON writes it. */
function leaves(value: unknown): readonly string[] {
  if (Array.isArray(value)) return value.flatMap((item) => leaves(item))
  if (typeof value === 'object' && value !== null) return Object.values(value).flatMap((item) => leaves(item))
  return [JSON.stringify(value)]
}
