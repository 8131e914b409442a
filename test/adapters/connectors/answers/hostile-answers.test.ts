import { expect } from 'chai'
import { noAccessTokens } from '../../../../src/adapters/connectors/auth/access-tokens.ts'
import { ConnectorAuthorizer } from '../../../../src/adapters/connectors/auth/authorizer.ts'
import { CallPreparer } from '../../../../src/adapters/connectors/calls/call-preparer.ts'
import type { PreparedCall } from '../../../../src/adapters/connectors/calls/call-preparer.ts'
import type { CompiledOperation } from '../../../../src/adapters/connectors/compile-connector.ts'
import { compileIntegration } from '../../../../src/adapters/connectors/compile-integrations.ts'
import { FakeVendorServer } from '../../../../src/adapters/connectors/fakes/fake-vendor-server.ts'
import { integrationSchema } from '../../../../src/adapters/connectors/integration-schema.ts'
import { redactSecrets } from '../../../../src/adapters/connectors/redact-secrets.ts'
import { systemClock } from '../../../../src/kernel/clock.ts'
import type { JsonObject, JsonValue } from '../../../../src/kernel/json.ts'
import { ExecutorSetup, leased, secret, sinkDocument } from '../executor-setup.ts'

const deep = '['.repeat(40_000) + ']'.repeat(40_000)

describe('answers that mean harm', () => {
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
  const run = async (operation: string, body: JsonValue, change: JsonObject = {}, status = 200) => {
    vendor.failNext({ kind: 'status', status, body })
    const subject = setup.executor({ connection: { baseUrl: vendor.url }, ...change })
    return await setup.run(leased(operation, { lead: '42' }), subject)
  }

  describe('nesting without end', () => {
    it('does not make a send that was accepted ready to be sent again', async () => {
      expect(await run('once', deep)).to.have.property('state', 'succeeded')
    })
    it('leaves a send in doubt whose declared output cannot be read', async () => {
      expect(await run('checked', deep)).to.have.property('state', 'unknown_outcome')
    })
    it('is refused like every other answer with that status', async () => {
      const errors = [{ when: { body: { '*.*.*': { exists: true } } }, kind: 'rate_limited' }]
      expect(await run('once', deep, { errors }, 400)).to.have.property('state', 'permanent')
    })
  })

  describe('secrets', () => {
    const basic = { auth: { kind: 'basic', username: 'user1', password: { secret: 'sink-token' } } }
    const pair = Buffer.from(`user1:${secret}`).toString('base64')
    it('do not come back in the pair of basic auth', async () => {
      const text = JSON.stringify(await run('once', { echo: { auth: pair } }, basic, 400))
      expect(text).to.contain('[secret]').and.to.not.contain(pair)
    })
    it('do not come back in the signature of OAuth 1', async () => {
      const one = { secret: 'sink-token' }
      const auth = { kind: 'oauth1', consumerKey: one, consumerSecret: one, token: one, tokenSecret: one }
      const preparer = new CallPreparer(
        { resolve: async () => 'one-secret' },
        new ConnectorAuthorizer(noAccessTokens, systemClock),
      )
      const integration = compileIntegration(
        integrationSchema.parse({
          ...sinkDocument(vendor.url),
          auth,
          operations: { look: { method: 'GET', path: '/', effect: 'read' } },
        }),
      )
      const prepared = await preparer.prepare(
        {
          tenantId: 't',
          workspace: 'default',
          integration,
          operation: integration.connector.operations.get('look') as CompiledOperation,
          input: {},
          entity: { kind: 'lead', id: '1' },
          idempotencyKey: 'k',
        },
        new AbortController().signal,
      )
      const { request, redact } = (prepared as { call: PreparedCall }).call
      const [, signature = ''] =
        /oauth_signature="([^"]+)"/.exec(request.headers['authorization'] ?? '') ?? []
      expect(redact(`sent: ${decodeURIComponent(signature)}`)).to.equal('sent: [secret]')
      expect(redact(`sent: ${signature}`)).to.equal('sent: [secret]')
    })
    it('are masked after they were changed, the old ones no longer', async () => {
      let stored = 'first-s3cret'
      const preparer = new CallPreparer(
        { resolve: async () => stored },
        new ConnectorAuthorizer(noAccessTokens, systemClock),
      )
      const integration = compileIntegration(
        integrationSchema.parse({
          ...sinkDocument(vendor.url),
          auth: { kind: 'bearer', token: { secret: 'sink-token' } },
          operations: { look: { method: 'GET', path: '/', effect: 'read' } },
        }),
      )
      const operation = integration.connector.operations.get('look') as CompiledOperation
      const wish = { tenantId: 't', workspace: 'default', integration, operation, input: {} }
      const shown = async (text: string): Promise<string> => {
        const asked = { ...wish, entity: { kind: 'lead', id: '1' }, idempotencyKey: 'k' }
        const prepared = await preparer.prepare(asked, new AbortController().signal)
        return (prepared as { call: PreparedCall }).call.redact(text)
      }
      const both = 'first-s3cret second-s3cret'
      expect(await shown(both)).to.equal('[secret] second-s3cret')
      expect(await shown(both)).to.equal('[secret] second-s3cret')
      stored = 'second-s3cret'
      expect(await shown(both)).to.equal('first-s3cret [secret]')
    })
    it('are masked in every way that forms and addresses write them', () => {
      const odd = "p w!'(1)~*/+=é"
      const redact = redactSecrets([odd])
      const forms = [
        new URLSearchParams({ a: odd }).toString().slice(2),
        encodeURIComponent(odd),
        encodeURIComponent(odd).replaceAll(
          /[!'()*]/g,
          (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`,
        ),
        encodeURI(odd),
        Buffer.from(odd).toString('base64'),
        Buffer.from(odd).toString('base64url'),
      ]
      for (const form of forms) expect(redact(`<${form}>`), form).to.equal('<[secret]>')
    })
  })

  describe('a receiver of webhooks', () => {
    const key = `whsec_${Buffer.alloc(32, 7).toString('base64')}`
    for (const said of ['', 'OK', '<html>thanks</html>', '{"ok":true}']) {
      it(`that says ${JSON.stringify(said)} has got it`, async () => {
        vendor.failNext({ kind: 'status', status: 200, body: said })
        const document = {
          apiVersion: 'neuronx/v1',
          kind: 'Integration',
          name: 'sink',
          connector: 'webhook',
          connection: { url: `${vendor.url}/in` },
          credentials: { secret: { secret: 'k' } },
        }
        const outcome = await setup.run(
          leased('event.send', { type: 'lead.hot' }),
          setup.executorOf(document, { k: key }),
        )
        expect(outcome).to.deep.include({ state: 'succeeded', result: { status: 200 } })
      })
    }
  })

  it('a part that failed does not shut the gate: the other side is there', async () => {
    const errors = [{ when: { body: { half: true } }, kind: 'partial' }]
    const outcome = await run('once', { half: true }, { errors })
    expect(outcome).to.have.property('state', 'unknown_outcome')
    expect(outcome).to.have.nested.property('report.health', 'up')
  })

  it('a page instead of what is told of each part leaves it in doubt', async () => {
    const operations = {
      once: {
        method: 'POST',
        path: '/once',
        effect: 'send',
        partial: { items: 'results', failed: { ok: false } },
      },
    }
    const once = async (body: JsonValue) => {
      vendor.failNext({ kind: 'status', status: 200, body })
      const subject = setup.executor({ connection: { baseUrl: vendor.url }, operations })
      return (await setup.run(leased('once', {}), subject)).state
    }
    expect(await once('<html>down for maintenance</html>')).to.equal('unknown_outcome')
    expect(await once({ results: [{ ok: true }] })).to.equal('succeeded')
    expect(await once('')).to.equal('succeeded')
  })

  it('a rule reads members whose names hold spaces', async () => {
    const errors = [{ when: { body: { 'Error Message.the code': 7 } }, kind: 'permanent', says: 'Seven.' }]
    const outcome = await run('once', { 'Error Message': { 'the code': 7 } }, { errors })
    expect(outcome).to.have.nested.property('error.message').that.contains('Seven.')
  })

  it('a secret that no header may hold shuts the gate instead of failing every command', async () => {
    const subject = setup.executor({ connection: { baseUrl: vendor.url } }, { 'sink-token': 'a\u201cb' })
    const outcome = await setup.run(leased('once', { lead: '1' }), subject)
    expect(outcome).to.deep.include({ state: 'parked', wholeIntegration: true })
    expect(outcome).to.have.nested.property('error.code', 'NX-AUTH-SECRET')
    expect(JSON.stringify(outcome)).to.not.contain('a\u201cb')
    expect(vendor.received).to.equal(0)
  })
})
