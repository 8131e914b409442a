import { expect } from 'chai'
import { compileIntegration } from '../../../src/adapters/connectors/compile-integrations.ts'
import type { Integration } from '../../../src/adapters/connectors/integration.ts'
import { integrationSchema } from '../../../src/adapters/connectors/integration-schema.ts'
import { switchIntegration } from '../../../src/app/adapters/switch-integration.ts'
import { sendTest, testSendOf } from '../../../src/app/adapters/testing/send-test.ts'
import { systemClock } from '../../../src/kernel/clock.ts'
import type { JsonObject } from '../../../src/kernel/json.ts'
import type { Tenant } from '../../../src/platform/tenants/tenant.ts'

const place = { tenantId: 't', slug: 'acme', workspace: 'default' }

const integration = (spec: JsonObject): Integration =>
  compileIntegration(
    integrationSchema.parse({ apiVersion: 'neuronx/v1', kind: 'Integration', name: 'it', ...spec }),
  )

const mail = integration({
  connector: 'resend',
  connection: { from: 'a@acme.example' },
  credentials: { apiKey: { secret: 'key' } },
})

describe('a message to try an integration out', () => {
  it('has a subject where it is a mail: some vendors take none without', () => {
    expect(testSendOf(mail, { to: 'ada@example.com', text: 'Hi\nAda', channel: null })).to.deep.equal({
      operation: 'message.send',
      input: { to: 'ada@example.com', text: 'Hi\nAda', channel: 'email', subject: 'Hi Ada' },
    })
  })

  it('has none elsewhere', () => {
    const ghl = integration({
      connector: 'gohighlevel',
      connection: { locationId: 'l' },
      credentials: { accessToken: { secret: 'key' } },
    })
    const { input } = testSendOf(ghl, { to: '+15005550100', text: 'Hi', channel: 'sms' })
    expect(input).to.not.have.property('subject')
  })

  for (const channel of ['constructor', 'toString', '__proto__', 'sms'])
    it(`goes to no channel that is not served: ${channel}`, () => {
      expect(() => testSendOf(mail, { to: 'a@b.co', text: 'Hi', channel }))
        .to.throw()
        .and.include({ code: 'NX-ADAPTER-CHANNEL' })
    })
})

describe('a test message that a policy stops', () => {
  it('tells which one, and why', async () => {
    const error = { code: 'NX-POLICY-CONSENT', message: 'Ada has not consented to email', retryable: false }
    const events = [{ id: 'e', duplicate: false }]
    const operator = {
      actor: { kind: 'local', user: 'ada', role: 'owner' },
      clock: systemClock,
      intake: { acceptAll: async () => [{ state: 'accepted', events, deadLetters: [] }] },
      integrationControl: { switchedOff: async () => [], ask: async () => {} },
      messages: {
        daemonsAlive: async () => 1,
        command: async () => ({ state: 'cancelled', error: null, result: null }),
      },
      dispatch: {
        place: async () => ({ attempts: [{ error: { ...error, code: 'NX-EARLIER' } }, { error }] }),
      },
    } as unknown as Parameters<typeof sendTest>[0]
    const message = {
      ...{ to: 'ada@example.com', text: 'Hi', channel: null },
      about: { kind: 'lead', id: '1' },
    }
    const report = await sendTest(
      operator,
      { id: '00000000-0000-0000-0000-00000000000a', slug: 'acme', status: 'active' } as Tenant,
      'default',
      mail,
      { ...message, reason: null },
      { timeoutMs: 1_000, signal: new AbortController().signal },
    )
    expect(report).to.include({ state: 'failed', code: error.code, message: error.message })
  })
})

describe('switching an integration on', () => {
  it('asks nobody but the gate: the list of what is off ends somewhere', async () => {
    const operator = {
      actor: { kind: 'local', name: 'ada' },
      revisions: {},
      integrationControl: { switchedOff: async () => [], switchOn: async () => true },
    } as unknown as Parameters<typeof switchIntegration>[0]
    expect(
      await switchIntegration(operator, place, 'gone-from-the-documents', { enabled: true, reason: null }),
    ).to.deep.equal({ integration: 'gone-from-the-documents', enabled: true, unchanged: false })
  })
})
