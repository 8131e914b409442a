import { expect } from 'chai'
import { compileIntegration } from '../../../../src/adapters/connectors/compile-integrations.ts'
import { definitionOf } from '../../../../src/adapters/connectors/documents/definition-of.ts'
import { ownProblems } from '../../../../src/adapters/connectors/documents/own-problems.ts'
import type { OwnIntegrationSpec } from '../../../../src/adapters/connectors/documents/own-schemas.ts'
import { integrationSchema } from '../../../../src/adapters/connectors/integration-schema.ts'
import { documentDefinition } from '../../../../src/adapters/connectors/webhooks/generic/document-definition.ts'
import { documentWebhookProblems } from '../../../../src/adapters/connectors/webhooks/generic/document-problems.ts'
import { documentWebhooks } from '../../../../src/adapters/connectors/webhooks/generic/document-webhooks.ts'
import { webhookFor } from '../../../../src/adapters/connectors/webhooks/compile-webhook.ts'
import { isUnsigned } from '../../../../src/adapters/connectors/webhooks/signature-scheme.ts'
import type { JsonObject } from '../../../../src/kernel/json.ts'
import { now, receiving, stored, url } from './receiving.ts'
import { keysOf, secret, signAs } from './sign-as.ts'

const orders = {
  scheme: 'standard-webhooks',
  key: { secret: 'shop-hook' },
  type: '{{ body.event }}',
  deliveryId: '{{ body.id }}',
  sentAt: { at: '{{ body.at }}', unit: 's' },
  events: [
    {
      when: 'order.paid',
      emit: 'order.paid',
      lead: '{{ body.customer.id }}',
      requires: ['order.id'],
      data: { order_id: '{{ body.order.id }}', total: '{{ body.order.total | number }}' },
    },
    { when: 'stock.low', emit: 'stock.low', subject: { kind: 'product', id: '{{ body.sku }}' } },
  ],
}

const document = (webhooks: object): object => ({
  apiVersion: 'neuronx/v1',
  kind: 'Integration',
  name: 'shop',
  connector: 'http',
  connection: { baseUrl: 'https://shop.example.com' },
  operations: { 'order.get': { method: 'GET', path: '/orders', effect: 'read' } },
  webhooks,
})

const problems = (webhooks: object) => documentWebhookProblems(documentWebhooks.parse(webhooks))
const messages = (webhooks: object) =>
  problems(webhooks).map(({ message, path }) => `${(path ?? []).join('.')}: ${message}`)

describe('webhooks that a document describes', () => {
  const { sendJson } = receiving(documentDefinition(documentWebhooks.parse(orders)), 'standard-webhooks')

  it('become events as its templates say', () => {
    const order = {
      event: 'order.paid',
      id: 'd1',
      at: 1_772_712_000,
      customer: { id: 'c1' },
      order: { id: 'o1', total: '7.5' },
      note: 'x',
    }
    const [made] = stored(sendJson(order)).events
    expect(made).to.deep.include({
      type: 'order.paid',
      externalId: 'd1',
      time: '2026-03-05T12:00:00.000Z',
      subject: { kind: 'lead', id: 'c1' },
    })
    expect(made?.data).to.deep.include({ order_id: 'o1', total: 7.5 })
    expect(made?.data['extra']).to.deep.include({ note: 'x' })
  })

  it('without a template for the data are their data as they are, about a subject of their own', () => {
    const [made] = stored(sendJson({ event: 'stock.low', sku: 'S-1', left: 2 })).events
    expect(made).to.deep.include({
      subject: { kind: 'product', id: 'S-1' },
      data: { event: 'stock.low', sku: 'S-1', left: 2 },
    })
  })

  it('are put aside with the difference between what came and what is read when they look otherwise', () => {
    const [strange] = stored(
      sendJson({ event: 'order.paid', customer: 'c1', order: { number: 1 }, gift: null }),
    ).letters
    expect(strange?.code).to.equal('NX-HOOK-UNMAPPABLE')
    expect((strange?.payload as JsonObject)['diff']).to.deep.equal({
      received: {
        event: 'string',
        customer: 'string',
        order: 'object',
        'order.number': 'number',
        gift: 'null',
      },
      against: 'order.paid',
      expected: ['order.id', 'customer.id', 'order.total'],
      missing: ['order.id'],
      absent: ['customer.id', 'order.total'],
      unknown: ['gift'],
    })
    const [unknown] = stored(sendJson({ event: 'order.lost', order: { id: 'o' } })).letters
    expect(unknown?.code).to.equal('NX-HOOK-UNKNOWN-TYPE')
    expect((unknown?.payload as JsonObject)['diff']).to.include({ against: 'order.paid' })
  })

  it('compile with their document, whose key is a secret', () => {
    const { webhooks } = compileIntegration(integrationSchema.parse(document(orders)))
    expect(webhooks?.keySources).to.deep.equal({ secret: [{ secret: 'shop-hook' }] })
    expect(webhooks?.isUnsigned).to.equal(false)
    const body = JSON.stringify({ event: 'stock.low', sku: 'S-1' })
    const request = {
      method: 'POST',
      url,
      headers: signAs['standard-webhooks']!(body, now.getTime() / 1_000, url),
      body: Buffer.from(body),
    }
    const context = { tenantId: 't', workspace: 'eu', now }
    expect(webhooks?.receive(request, context)).to.include({ state: 'refused', why: 'no_key' })
    expect(webhooks?.receive(request, { ...context, keys: keysOf['standard-webhooks']! })).to.include({
      state: 'readable',
    })
  })

  it('may be named by a header, which a dead letter keeps; never by one that proves something', () => {
    const github = {
      scheme: 'github',
      key: { secret: 'k' },
      type: '{{ headers.x-github-event }}',
      events: [{ when: 'push', emit: 'code.pushed', requires: ['ref'] }],
    }
    const hook = receiving(documentDefinition(documentWebhooks.parse(github)), 'github')
    const sent = (payload: JsonObject) =>
      stored(hook.send(JSON.stringify(payload), { 'x-github-event': 'push' }))
    expect(sent({ ref: 'main' }).events[0]?.type).to.equal('code.pushed')
    const letter = sent({ ref: 5 }).letters[0]?.payload as JsonObject
    expect(letter['headers']).to.deep.equal({ 'x-github-event': 'push' })
    const again = hook.receiver.translateStored(
      { payload: { ref: 'main' }, headers: letter['headers'] as Record<string, string> },
      hook.context,
    )
    expect(again?.request.events[0]?.event.type).to.equal('code.pushed')
    const curious = { ...github, deliveryId: '{{ headers.x-hub-signature-256 }}' }
    const nosy = receiving(documentDefinition(documentWebhooks.parse(curious)), 'github')
    const odd = stored(nosy.send('{"ref":5}', { 'x-github-event': 'push' })).letters[0]
    expect(JSON.stringify(odd)).to.not.contain('sha256=')
  })

  it('may be all that a document is for; one for nothing is a mistake', () => {
    const spec = integrationSchema.parse({ ...document(orders), operations: undefined })
    expect(ownProblems(spec as OwnIntegrationSpec)).to.deep.equal([])
    expect(compileIntegration(spec).webhooks).to.not.equal(null)
    const idle = integrationSchema.parse({ ...document(orders), operations: {}, webhooks: undefined })
    expect(ownProblems(idle as OwnIntegrationSpec).map(({ code }) => code)).to.deep.equal([
      'NX-INTEGRATION-OPERATIONS',
    ])
  })

  it('count as unsigned where no signature covers what they hold', () => {
    const proofOf = (scheme: string) =>
      documentDefinition(
        documentWebhooks.parse({ scheme, key: { secret: 'k' }, events: [{ when: 'a', emit: 'a.b' }] }),
      ).schemes.some(isUnsigned)
    expect(['mailgun', 'shared-header', 'graph-client-state'].map(proofOf)).to.deep.equal([true, true, true])
    expect(['github', 'twilio', 'hubspot-v3', 'slack', 'standard-webhooks'].map(proofOf)).to.deep.equal(
      Array.from({ length: 5 }, () => false),
    )
  })

  it('are compiled once, for all who ask for the same document', () => {
    const spec = integrationSchema.parse(document(orders))
    const definition = definitionOf(spec)
    expect(definitionOf(spec)).to.equal(definition)
    expect(compileIntegration(spec).connector).to.equal(compileIntegration(spec).connector)
    const { webhooks, tables } = definition
    if (webhooks === null) throw new Error('It takes none')
    const compiled = webhookFor(webhooks, tables)
    expect(webhookFor(webhooks, tables)).to.equal(compiled)
    expect(webhookFor(webhooks, { other: {} })).to.not.equal(compiled)
  })

  it('that are not signed need a secret address or basic auth, and are told apart as unsigned', () => {
    const events = [{ when: 'a', emit: 'a.b' }]
    const path = compileIntegration(
      integrationSchema.parse(document({ scheme: 'none', secretPath: { secret: 'p' }, events })),
    ).webhooks
    const basic = compileIntegration(
      integrationSchema.parse(
        document({ scheme: 'none', basic: { username: 'u', password: { secret: 'p' } }, events }),
      ),
    ).webhooks
    expect([path?.isUnsigned, path?.hasSecretPath, basic?.isUnsigned, basic?.hasSecretPath]).to.deep.equal([
      true,
      true,
      true,
      false,
    ])
    const context = { tenantId: 't', workspace: 'eu', now }
    const request = { method: 'POST', url, headers: {}, body: Buffer.from('{"type":"a"}') }
    const byPath = (secretPath: string) =>
      path?.receive({ ...request, secretPath }, { ...context, keys: { secretPath: [secret] } }).state
    expect([byPath(secret), byPath('guess'), byPath('')]).to.deep.equal(['readable', 'refused', 'refused'])
    const byBasic = (text: string) =>
      basic?.receive(
        { ...request, headers: { authorization: `Basic ${Buffer.from(text).toString('base64')}` } },
        { ...context, keys: { password: [secret] } },
      ).state
    expect([byBasic(`u:${secret}`), byBasic(`v:${secret}`), byBasic('u:')]).to.deep.equal([
      'readable',
      'refused',
      'refused',
    ])
  })

  it('are checked when the document is: nothing unproven, no secret written out, no template that cannot be', () => {
    const events = [{ when: 'a', emit: 'a.b' }]
    const signed = { scheme: 'xero', key: { secret: 'k' }, events }
    expect(problems(orders)).to.deep.equal([])
    expect(problems(signed)).to.deep.equal([])
    expect(messages({ scheme: 'none', events })).to.deep.equal([
      'webhooks.scheme: Anybody could send these: nothing proves who does',
    ])
    expect(messages({ scheme: 'xero', events })).to.deep.equal(['webhooks.scheme: scheme xero needs a key'])
    expect(messages({ ...signed, key: 'hunter2' })).to.deep.equal([
      'webhooks.key: The key of scheme xero is a secret',
    ])
    expect(messages({ scheme: 'sendgrid', key: 'hunter2', events })).to.deep.equal([
      'webhooks.key: This is no public key for scheme sendgrid',
    ])
    expect(messages({ ...signed, secretPath: { secret: 'p' } })[0]).to.contain('for scheme none')
    expect(messages({ ...signed, header: 'x-key' })[0]).to.contain('which header')
    expect(messages({ ...signed, ignores: ['a'] })).to.deep.equal(["webhooks.ignores.0: 'a' is said twice"])
    expect(messages({ ...signed, type: '{{ secrets.k }}' })).to.deep.equal([
      "webhooks.type: There is no 'secrets' here",
    ])
    expect(
      messages({ ...signed, events: [{ when: 'a', emit: 'a.b', data: { x: '{{ body.y | evil }}' } }] }),
    ).to.deep.equal(["webhooks.events.0.data.x: There is no function 'evil'"])
    for (const wrong of [
      { ...signed, scheme: 'md5' },
      { ...signed, events: [] },
      { ...signed, events: [{ when: 'a', emit: 'Not A Type' }] },
      { ...signed, split: 'items' },
      { ...signed, keys: {} },
      { ...signed, answer: { status: 302 } },
    ])
      expect(documentWebhooks.safeParse(wrong).success, JSON.stringify(wrong)).to.equal(false)
  })
})
