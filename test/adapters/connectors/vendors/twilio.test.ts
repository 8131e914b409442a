import { expect } from 'chai'
import { idempotencyOf } from '../../../../src/adapters/connectors/definition/idempotency.ts'
import type { OperationDefinition } from '../../../../src/adapters/connectors/define-connector.ts'
import { twilio } from '../../../../src/adapters/connectors/vendors/twilio.ts'
import type { JsonObject } from '../../../../src/kernel/json.ts'
import { OpenApiCheck } from '../../../support/openapi-check.ts'
import { sharedData } from '../../../support/shared-data.ts'
import { FakeVendorServer } from '../../../../src/adapters/connectors/fakes/fake-vendor-server.ts'
import { compileConnector } from '../../../../src/adapters/connectors/compile-connector.ts'
import { ExecutorSetup, leased } from '../executor-setup.ts'
import { Conformance } from './conformance.ts'

const accountSid = `AC${'0a'.repeat(16)}`
const connection = {
  accountSid,
  from: '+14155550100',
  messagingServiceSid: `MG${'1b'.repeat(16)}`,
  statusCallback: 'https://hooks.example.com/v1/hooks/acme/twilio',
}
const golden: Readonly<Record<string, readonly JsonObject[]>> = {
  'message.send': [
    {
      to: '+1 (415) 555-0123',
      from_number: '+14155550101',
      text: 'Hi & bye',
      attachments: ['https://example.com/a.png', 'https://example.com/b.png'],
      template_id: `HX${'2c'.repeat(16)}`,
      params: { 1: 'Ada' },
    },
    { to: '+14155550123', text: 'Hi' },
  ],
  'call.start': [
    {
      to: '+14155550123',
      from_number: '+14155550101',
      url: 'https://example.com/twiml',
      ring_seconds: '20',
      record: true,
      machine_detection: 'Enable',
    },
    { to: '+14155550123', twiml: '<Response><Hangup/></Response>' },
    { to: '+14155550123', text: 'Hi' },
  ],
  'message.list': [{ to: '+14155550123', from_number: '+14155550101', day: '2026-03-05T12:00:00Z' }, {}],
  'account.check': [{}],
}

describe('Twilio', () => {
  const conformance = new Conformance(twilio, connection)

  describe("requests, against the vendor's description", () => {
    const file = sharedData('specs/twilio/twilio_api_v2010.json')
    if (file === null) {
      it.skip('skipped: ../shared/data/specs/twilio is not here')
      return
    }
    const check = new OpenApiCheck(file)
    it('every operation has golden inputs', () => {
      expect(Object.keys(golden).sort()).to.deep.equal(Object.keys(twilio.operations).sort())
    })
    for (const [name, inputs] of Object.entries(golden)) {
      it(`${name} conforms, closed world`, () => {
        for (const input of inputs)
          expect(conformance.problems(check, name, input), JSON.stringify(input)).to.deep.equal([])
      })
    }
    it('the check notices a misspelt field, a wrong SID, a text for a number and a missing one', () => {
      const send = conformance.rendered('message.send', { to: '+14155550123', text: 'x' })
      const call = conformance.rendered('call.start', { to: '+14155550123', url: 'https://a.example' })
      const said = (request: typeof send, body: string) => check.problems({ ...request, body }).join()
      expect(said(send, 'To=%2B1&Bdy=x')).to.contain('Bdy')
      expect(said(send, 'Body=x')).to.contain("required property 'To'")
      expect(said(send, 'To=%2B1&MessagingServiceSid=MG1')).to.contain('/MessagingServiceSid')
      expect(said(call, 'To=a&From=b&Timeout=long')).to.contain('/Timeout must be integer')
      const list = conformance.rendered('message.list', {})
      expect(check.problems({ ...list, query: { Too: 'x' } }).join()).to.contain('Too')
    })
  })

  it('writes a list as its key repeated', () => {
    const [input = {}] = golden['message.send'] ?? []
    const { body } = conformance.rendered('message.send', input)
    const fields = new URLSearchParams(String(body))
    expect(fields.getAll('MediaUrl')).to.deep.equal([
      'https://example.com/a.png',
      'https://example.com/b.png',
    ])
    expect(fields.get('To')).to.equal('+14155550123')
    expect(fields.get('ContentVariables')).to.equal('{"1":"Ada"}')
  })

  it('reads the text of a send out in a call, as text', () => {
    const twiml = (input: JsonObject): string[] =>
      new URLSearchParams(
        String(conformance.rendered('call.start', { to: '+14155550123', ...input }).body),
      ).getAll('Twiml')
    expect(twiml({ text: 'Hi </Say><Dial>+1900</Dial> & bye' })).to.deep.equal([
      '<Response><Say>Hi &lt;/Say&gt;&lt;Dial&gt;+1900&lt;/Dial&gt; &amp; bye</Say></Response>',
    ])
    expect(twiml({ text: 'Hi', twiml: '<Response/>' })).to.deep.equal(['<Response/>'])
    expect(twiml({ url: 'https://a.example' })).to.deep.equal([])
    const compiled = compileConnector(twilio)
    expect(compiled.operations.get('call.start')?.inputs).to.include('text')
    for (const [channel, operation] of Object.entries(twilio.channels)) {
      const input = { to: '+14155550123', text: 'Hi' }
      expect(
        () => conformance.rendered(operation, input),
        `what a send gives is enough for ${channel}`,
      ).not.to.throw()
    }
  })

  for (const to of ['whatsapp:+14155550123', '+1 415 555 0123 ext. 89', 'client:ada'])
    it(`does not make another number of ${to}`, () => {
      for (const [name, more] of [
        ['message.send', { text: 'x' }],
        ['call.start', { url: 'https://a.example' }],
      ] as const)
        expect(() => conformance.rendered(name, { to, ...more }))
          .to.throw()
          .with.property('code', 'NX-CONNECTOR-INPUT')
    })

  it('sends no message twice: nothing in its list proves that one is ours', () => {
    const { operations } = twilio
    expect(idempotencyOf(operations['message.send'] as OperationDefinition)).to.equal('none')
    expect(idempotencyOf(operations['call.start'] as OperationDefinition)).to.equal('none')
  })

  it('needs a sender and something to say', () => {
    const without = new Conformance(twilio, { accountSid })
    expect(() => without.rendered('message.send', { to: '+14155550123', text: 'x' }))
      .to.throw()
      .with.property('detail')
      .that.contains('or connection.from')
    expect(() => conformance.rendered('message.send', { to: '+14155550123' }))
      .to.throw()
      .with.property('detail')
      .that.contains('input.text')
  })

  describe('as an integration', () => {
    let setup: ExecutorSetup
    let vendor: FakeVendorServer
    beforeEach(async () => {
      setup = await new ExecutorSetup().start()
      vendor = await new FakeVendorServer().start()
    })
    afterEach(async () => {
      await setup.stop()
      await vendor.stop()
    })
    const document = (credentials: JsonObject): JsonObject => ({
      apiVersion: 'neuronx/v1',
      kind: 'Integration',
      name: 'sink',
      connector: 'twilio',
      connection: { ...connection, baseUrl: vendor.url },
      credentials,
    })
    const run = async (credentials: JsonObject, secrets: Record<string, string>) =>
      await setup.run(
        leased('message.send', { to: '+14155550123', text: 'Hi' }),
        setup.executorOf(document(credentials), secrets),
      )
    const basic = (user: string, password: string) =>
      `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`

    it('proves itself with the account and its token, or with an API key', async () => {
      await run({ authToken: { secret: 'tok' } }, { tok: 't0ken\n' })
      await run(
        { authToken: { secret: 'tok' }, apiKey: { secret: 'key' }, apiKeySecret: { secret: 'key-secret' } },
        { tok: 't0ken', key: 'SK1', 'key-secret': 's3cret' },
      )
      expect(vendor.calls.map(({ headers }) => headers['authorization'])).to.deep.equal([
        basic(accountSid, 't0ken'),
        basic('SK1', 's3cret'),
      ])
    })

    it('explains the answers of the vendor', async () => {
      vendor.failNext({ kind: 'status', status: 400, body: { code: 21610, message: 'x', status: 400 } })
      const stopped = await run({ authToken: { secret: 'tok' } }, { tok: 't' })
      expect(stopped.state).to.equal('permanent')
      expect(stopped).to.have.nested.property('error.message').that.contains('answered STOP')
      vendor.failNext({ kind: 'status', status: 400, body: { code: 20429 } })
      expect(await run({ authToken: { secret: 'tok' } }, { tok: 't' })).to.deep.include({
        state: 'parked',
        wholeIntegration: true,
        retryAfterMs: 5_000,
      })
    })
  })
})
