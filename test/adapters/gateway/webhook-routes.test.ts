import { expect } from 'chai'
import { request as httpRequest } from 'node:http'
import { WebhookReceiver } from '../../../src/adapters/connectors/webhooks/webhook-receiver.ts'
import type { WebhookDefinition } from '../../../src/adapters/connectors/webhooks/webhook-definition.ts'
import {
  documentDefinition,
  documentKeys,
} from '../../../src/adapters/connectors/webhooks/generic/document-definition.ts'
import { documentWebhooks } from '../../../src/adapters/connectors/webhooks/generic/document-webhooks.ts'
import { teamsWebhooks } from '../../../src/adapters/connectors/webhooks/vendors/teams-webhooks.ts'
import { twilioWebhooks } from '../../../src/adapters/connectors/webhooks/vendors/twilio-webhooks.ts'
import { whatsappWebhooks } from '../../../src/adapters/connectors/webhooks/vendors/whatsapp-webhooks.ts'
import type { WebhookKeySources } from '../../../src/adapters/connectors/webhooks/webhook-keys.ts'
import type { JsonObject } from '../../../src/kernel/json.ts'
import { keysOf, secret, signAs } from '../connectors/webhooks/sign-as.ts'
import { acme, asleep, GatewaySetup } from './gateway-setup.ts'

const publicUrl = 'https://hooks.example.com'

describe('addresses of webhooks', () => {
  let setup: GatewaySetup
  afterEach(async () => await setup.stop())

  async function serve(
    name: string,
    definition: WebhookDefinition,
    keys: WebhookKeySources,
    connection: JsonObject = {},
    more: GatewaySetup['more'] = {},
  ): Promise<void> {
    setup = new GatewaySetup()
    setup.receivers.set(
      name,
      new WebhookReceiver({
        integration: name,
        definition,
        tables: {},
        connection,
        keys,
        toleranceMs: 300_000,
      }),
    )
    setup.more = { publicUrl, ...more }
    await setup.start()
  }

  /** The text of an answer that need not be JSON. */
  async function ask(method: string, path: string, init: RequestInit = {}) {
    const response = await fetch(setup.url + path, { method, ...init })
    return {
      status: response.status,
      text: await response.text(),
      type: response.headers.get('content-type'),
      response,
    }
  }

  it('are verified by the public address, not by what the Host header says, and answer as the vendor wants', async () => {
    await serve('twilio', twilioWebhooks, keysOf['twilio'] ?? {}, { accountSid: 'AC1' })
    const body = 'AccountSid=AC1&MessageSid=SM1&SmsStatus=received&From=%2B1415&Body=hi'
    const path = '/v1/hooks/acme/twilio?source=sms'
    const send = async (url: string) =>
      await ask('POST', path, {
        headers: { 'content-type': 'application/x-www-form-urlencoded', ...signAs['twilio']!(body, 0, url) },
        body,
      })
    const { status, text, type } = await send(publicUrl + path)
    expect([status, type]).to.deep.equal([200, 'text/xml; charset=utf-8'])
    expect(text).to.equal('<?xml version="1.0" encoding="UTF-8"?><Response></Response>')
    expect(setup.intake.requests[0]?.events[0]?.event.type).to.equal('message.received')
    expect((await send(setup.url + path)).status).to.equal(401)
  })

  it('are verified without a public address by the Host header as it came: nothing is looked for in it', async () => {
    await serve('twilio', twilioWebhooks, keysOf['twilio'] ?? {}, { accountSid: 'AC1' }, { publicUrl: null })
    const body = 'AccountSid=AC1&MessageSid=SM1&MessageStatus=queued'
    const [host, path] = [`x${'/'.repeat(50)}`, '/v1/hooks/acme/twilio']
    const headers = {
      ...{ host, 'content-type': 'application/x-www-form-urlencoded' },
      ...signAs['twilio']!(body, 0, `http://${host}${path}`),
    }
    const status = await new Promise((resolve, reject) => {
      const sent = httpRequest(setup.url + path, { method: 'POST', headers }, (answer) => {
        answer.resume()
        resolve(answer.statusCode)
      })
      sent.on('error', reject).end(body)
    })
    expect(status).to.equal(200)
  })

  it('take what tells nothing new without storing anything', async () => {
    await serve('twilio', twilioWebhooks, keysOf['twilio'] ?? {}, { accountSid: 'AC1' })
    const body = 'AccountSid=AC1&MessageSid=SM1&MessageStatus=queued'
    const path = '/v1/hooks/acme/twilio'
    const headers = {
      'content-type': 'application/x-www-form-urlencoded',
      ...signAs['twilio']!(body, 0, publicUrl + path),
    }
    expect((await ask('POST', path, { headers, body })).status).to.equal(200)
    expect(setup.intake.requests).to.deep.equal([])
  })

  it('open keys that are secrets of their tenant', async () => {
    const opened: string[] = []
    const secrets = {
      resolve: async (tenantId: string, name: string) => {
        opened.push(`${tenantId === acme.id ? 'acme' : tenantId} ${name}`)
        return name === 'wa-app' ? `${secret}\n` : null
      },
    }
    await serve(
      'wa',
      whatsappWebhooks,
      { appSecret: { secret: 'wa-app' }, verifyToken: { secret: 'gone' } },
      { phoneNumberId: 'PN1' },
      { secrets },
    )
    const body = JSON.stringify({
      entry: [{ changes: [{ field: 'x', value: { metadata: { phone_number_id: 'PN1' } } }] }],
    })
    expect(
      (await ask('POST', '/v1/hooks/acme/wa', { headers: signAs['meta']!(body, 0, ''), body })).status,
    ).to.equal(202)
    expect(opened).to.deep.equal(['acme wa-app', 'acme gone'])
    const challenge = '/v1/hooks/acme/wa?hub.mode=subscribe&hub.verify_token=x&hub.challenge=1'
    expect((await ask('GET', challenge)).status).to.equal(401)
    expect(setup.observed.refused).to.deep.equal(['no_key'])
  })

  it('answer the question of who they are in text that no browser runs, only when it is asked rightly', async () => {
    await serve('wa', whatsappWebhooks, { appSecret: secret, verifyToken: 'tok' }, { phoneNumberId: 'PN1' })
    const query = 'hub.mode=subscribe&hub.verify_token=tok&hub.challenge=%3Cscript%3E1'
    const { status, text, type, response } = await ask('GET', `/v1/hooks/acme/wa?${query}`)
    expect([status, text, type, response.headers.get('x-content-type-options')]).to.deep.equal([
      200,
      '&lt;script&gt;1',
      'text/plain; charset=utf-8',
      'nosniff',
    ])
    expect((await ask('GET', `/v1/hooks/acme/wa?${query.replace('tok&', 'tik&')}`)).status).to.equal(401)
    expect((await ask('GET', '/v1/hooks/acme/wa')).status).to.equal(404)
    expect((await ask('GET', `/v1/hooks/acme/ghl?${query}`)).status).to.equal(404)
    expect((await ask('GET', `/v1/hooks/nobody/wa?${query}`)).status).to.equal(404)
    expect((await ask('GET', `/v1/hooks/${asleep.slug}/wa?${query}`)).status).to.equal(403)
    expect((await ask('HEAD', `/v1/hooks/acme/wa?${query}`)).status).to.equal(404)
  })

  it('of Graph get the token back before anything is signed; everything else must be proven', async () => {
    await serve('teams', teamsWebhooks, { clientState: secret }, { tenantId: 'T1' })
    const { status, text } = await ask('POST', '/v1/hooks/acme/teams?validationToken=abc%20d', { body: '' })
    expect([status, text]).to.deep.equal([200, 'abc d'])
    expect((await ask('POST', '/v1/hooks/acme/teams', { body: '{"value":[]}' })).status).to.equal(401)
    expect(setup.intake.requests).to.deep.equal([])
  })

  it('with a secret part do not exist without it, and are refused with a wrong one', async () => {
    const spec = documentWebhooks.parse({
      scheme: 'none',
      secretPath: { secret: 'part' },
      events: [{ when: 'a', emit: 'a.b' }],
    })
    const secrets = { resolve: async () => 'unguessable' }
    await serve('erp', documentDefinition(spec), documentKeys(spec), {}, { secrets })
    const body = '{"type":"a"}'
    expect((await ask('POST', '/v1/hooks/acme/erp/unguessable', { body })).status).to.equal(202)
    expect((await ask('POST', '/v1/hooks/acme/erp/guess', { body })).status).to.equal(401)
    expect((await ask('POST', '/v1/hooks/acme/erp', { body })).status).to.equal(404)
    expect((await ask('POST', '/v1/hooks/acme/ghl/unguessable', { body })).status).to.equal(404)
    expect(setup.logged.join() + setup.observed.requests.join()).to.not.contain('unguessable')
  })

  it('make receipts events about whom the message was for', async () => {
    const sent = {
      commandId: 'cmd-1',
      workspace: 'eu',
      entityKey: 'eu/lead/ada',
      correlationId: 'corr-1',
      instanceId: 'i-1',
      operation: 'message.send',
      cause: 'RuleSet/a#b',
    }
    const asked: string[] = []
    const sentMessages = {
      find: async (tenantId: string, integration: string, ids: readonly string[]) => {
        asked.push([tenantId, integration, ...ids].join(' '))
        return new Map([['SM1', sent]])
      },
    }
    await serve('twilio', twilioWebhooks, keysOf['twilio'] ?? {}, { accountSid: 'AC1' }, { sentMessages })
    const body = 'AccountSid=AC1&MessageSid=SM1&MessageStatus=delivered'
    const path = '/v1/hooks/acme/twilio'
    const headers = {
      'content-type': 'application/x-www-form-urlencoded',
      ...signAs['twilio']!(body, 0, publicUrl + path),
    }
    expect((await ask('POST', path, { headers, body })).status).to.equal(200)
    expect(asked).to.deep.equal([`${acme.id} twilio SM1`])
    const event = setup.intake.requests[0]?.events[0]?.event
    expect(event).to.deep.include({
      type: 'message.delivered',
      workspace: 'eu',
      subject: { kind: 'lead', id: 'ada' },
      correlationId: 'corr-1',
    })
    expect(event?.data).to.include({
      commandId: 'cmd-1',
      instanceId: 'i-1',
      message_id: 'SM1',
      integration: 'twilio',
    })
  })
})
