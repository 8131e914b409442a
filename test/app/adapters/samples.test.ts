import { expect } from 'chai'
import { generateKeyPairSync } from 'node:crypto'
import { knownSamples, findSample, sampleNames } from '../../../src/app/adapters/trigger/known-samples.ts'
import { schemeFor, signDelivery } from '../../../src/app/adapters/trigger/sign-delivery.ts'
import type { SigningKey } from '../../../src/app/adapters/trigger/sign-delivery.ts'
import type { Sample } from '../../../src/app/adapters/trigger/sample.ts'
import { WebhookReceiver } from '../../../src/adapters/connectors/webhooks/webhook-receiver.ts'
import type { WebhookDefinition } from '../../../src/adapters/connectors/webhooks/webhook-definition.ts'
import { gohighlevelWebhooks } from '../../../src/adapters/connectors/webhooks/vendors/gohighlevel-webhooks.ts'
import { resendWebhooks } from '../../../src/adapters/connectors/webhooks/vendors/resend-webhooks.ts'
import { slackWebhooks } from '../../../src/adapters/connectors/webhooks/vendors/slack-webhooks.ts'
import { twilioWebhooks } from '../../../src/adapters/connectors/webhooks/vendors/twilio-webhooks.ts'
import { whatsappWebhooks } from '../../../src/adapters/connectors/webhooks/vendors/whatsapp-webhooks.ts'
import { newId } from '../../../src/kernel/ids.ts'

const ed = generateKeyPairSync('ed25519')
const url = 'https://hooks.example.com/v1/hooks/acme/it'
const secret = 'a key of a test'
const now = new Date('2026-03-05T12:00:00Z')
const later = new Date('2026-03-05T12:00:01Z')

const vendors: readonly (readonly [string, WebhookDefinition, SigningKey])[] = [
  ['gohighlevel', gohighlevelWebhooks, { privateKey: ed.privateKey }],
  ['resend', resendWebhooks, { secret }],
  ['slack', slackWebhooks, { secret }],
  ['twilio', twilioWebhooks, { secret }],
  ['whatsapp', whatsappWebhooks, { secret }],
]

const connection = {
  locationId: 'location-1',
  teamId: 'T0EXAMPLE1',
  accountSid: 'AC00000000000000000000000000000000',
  phoneNumberId: '100000000000002',
  businessAccountId: '100000000000003',
}

function received(definition: WebhookDefinition, key: SigningKey, sample: Sample, at = now) {
  const [first] = definition.schemes
  const publicKey = ed.publicKey.export({ type: 'spki', format: 'pem' }).toString()
  const receiver = new WebhookReceiver({
    integration: 'it',
    definition,
    tables: {},
    connection,
    keys: { [first!.key]: 'secret' in key ? key.secret : publicKey },
    toleranceMs: 300_000,
  })
  const id = newId()
  const payload = sample.make({ connection, id, now: at })
  const body =
    sample.format === 'json'
      ? JSON.stringify(payload)
      : new URLSearchParams(payload as Record<string, string>).toString()
  const headers = {
    ...signDelivery(schemeFor(definition.schemes, key, url)!, key, { url, body, id, now: at }),
    'content-type': sample.format === 'json' ? 'application/json' : 'application/x-www-form-urlencoded',
  }
  const request = { method: 'POST', url, headers, body: Buffer.from(body) }
  const reception = receiver.receive(request, { tenantId: 't', workspace: 'default', now: at })
  if (reception.state !== 'readable') throw new Error(JSON.stringify(reception))
  return reception.request
}

describe('made-up webhooks', () => {
  it('are tried of every vendor', () => {
    expect(vendors.map(([connector]) => connector)).to.deep.equal([...knownSamples.keys()])
  })

  for (const [connector, definition, key] of vendors) {
    const samples = knownSamples.get(connector) ?? []

    it(`there is one for every event that comes of ${connector}`, () => {
      const events = [
        ...definition.events.map(({ emit }) => emit),
        ...(definition.receipts ?? []).map(({ state }) => `message.${state}`),
      ]
      expect(samples.map(({ event }) => event).toSorted()).to.deep.equal([...new Set(events)].toSorted())
    })

    for (const sample of samples) {
      it(`are verified and become that event: ${connector}.${sample.event}`, () => {
        const { events, deadLetters } = received(definition, key, sample)
        expect(deadLetters.map(({ code }) => code)).to.deep.equal([])
        expect(events.map(({ event }) => event.type)).to.deep.equal([sample.event])
      })

      it(`are no repeat of the one before: ${connector}.${sample.event}`, () => {
        const [first, second] = [now, later].map(
          (at) => received(definition, key, sample, at).events[0]?.event.externalId,
        )
        expect(second).to.be.a('string').and.not.equal(first)
      })
    }

    it(`are refused when another key of ${connector} signed them`, () => {
      const other: SigningKey =
        'secret' in key ? { secret: `x${secret}` } : { privateKey: generateKeyPairSync('ed25519').privateKey }
      const [sample] = samples
      const [scheme] = definition.schemes
      const receiver = new WebhookReceiver({
        integration: 'it',
        definition,
        tables: {},
        connection,
        keys: {
          [scheme!.key]:
            'secret' in key ? key.secret : ed.publicKey.export({ type: 'spki', format: 'pem' }).toString(),
        },
        toleranceMs: 300_000,
      })
      const body = JSON.stringify(sample!.make({ connection, id: newId(), now }))
      const headers = signDelivery(schemeFor(definition.schemes, other, url)!, other, {
        url,
        body,
        id: '1',
        now,
      })
      const reception = receiver.receive(
        { method: 'POST', url, headers, body: Buffer.from(body) },
        { tenantId: 't', workspace: 'default', now },
      )
      expect(reception).to.include({ state: 'refused', why: 'mismatch' })
    })
  }

  it('are found by the canonical name and by the vendor’s own', () => {
    expect(findSample('gohighlevel.contact.created').sample).to.equal(
      findSample('gohighlevel.ContactCreate').sample,
    )
    expect(sampleNames('twilio').map(({ event }) => event)).to.include('call.missed')
  })

  it('a wrong name says what was meant', () => {
    const meant = (name: string) =>
      expect(() => findSample(name))
        .to.throw()
        .with.property('fix')
    meant('twilio.message.recieved').equal("Did you mean 'twilio.message.received'?")
    meant('twillio.message.received').equal("Did you mean 'twilio'?")
  })
})
