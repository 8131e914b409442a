import { expect } from 'chai'
import type { AccessTokens, TokenAnswer } from '../../../../src/adapters/connectors/auth/access-tokens.ts'
import { compileConnector } from '../../../../src/adapters/connectors/compile-connector.ts'
import { ConnectorExecutor } from '../../../../src/adapters/connectors/connector-executor.ts'
import { connectorFormat } from '../../../../src/adapters/connectors/define-connector.ts'
import type { ConnectorDefinition, ErrorRule } from '../../../../src/adapters/connectors/define-connector.ts'
import type { AuthDefinition } from '../../../../src/adapters/connectors/definition/auth-definition.ts'
import { graphqlErrors } from '../../../../src/adapters/connectors/documents/graphql-errors.ts'
import { FakeVendorServer } from '../../../../src/adapters/connectors/fakes/fake-vendor-server.ts'
import { OutgoingClient } from '../../../../src/adapters/http/outgoing-client.ts'
import { systemClock } from '../../../../src/kernel/clock.ts'
import type { JsonObject } from '../../../../src/kernel/json.ts'
import { silentLogger } from '../../../../src/kernel/logger.ts'
import { cleared } from '../../../fakes/open-gate.ts'
import { leased } from '../executor-setup.ts'

const oauth2: AuthDefinition = {
  kind: 'oauth2',
  grant: 'client_credentials',
  tokenUrl: 'https://login.example/token',
  clientId: 'id',
  clientSecret: 'secret',
  clientAuth: 'body',
  scopes: [],
  skewMs: 60_000,
}

/** Hands out what it is told, one version after the other. */
class FakeTokens implements AccessTokens {
  readonly asked: unknown[] = []
  readonly invalidated: number[] = []
  answers: TokenAnswer[] = []

  give(...tokens: readonly string[]): void {
    this.answers = tokens.map((token, index) => ({
      state: 'token',
      token,
      version: index + 1,
      connection: {},
    }))
  }

  async get(...asked: Parameters<AccessTokens['get']>): Promise<TokenAnswer> {
    this.asked.push(asked.slice(0, 4))
    const [answer, ...rest] = this.answers
    if (answer === undefined) throw new Error('No more tokens')
    if (rest.length > 0) this.answers = rest
    return answer
  }

  async invalidate(_owner: unknown, version: number): Promise<void> {
    this.invalidated.push(version)
  }
}

describe('calls with an access token', () => {
  let vendor: FakeVendorServer
  let client: OutgoingClient
  let tokens: FakeTokens
  beforeEach(async () => {
    vendor = await new FakeVendorServer({ token: 'good-Token-1' }).start()
    client = new OutgoingClient({ allowPrivate: true })
    tokens = new FakeTokens()
  })
  afterEach(async () => {
    await client[Symbol.asyncDispose]()
    await vendor.stop()
  })

  const executor = (
    errors: readonly ErrorRule[] = [],
    change: JsonObject = {},
    accessTokens: AccessTokens | null = tokens,
  ) => {
    const definition: ConnectorDefinition = {
      format: connectorFormat,
      connector: 'crm',
      vendor: 'CRM',
      baseUrl: vendor.url,
      connection: {},
      credentials: {},
      auth: [oauth2],
      headers: {},
      tables: {},
      operations: {
        once: { method: 'POST', path: '/once', effect: 'send', body: { lead: '{{ input.lead }}' } },
        often: { method: 'POST', path: '/often', effect: 'send', idempotency: { header: 'idempotency-key' } },
        list: { method: 'GET', path: '/list', effect: 'read' },
        checked: {
          method: 'POST',
          path: '/checked',
          effect: 'send',
          verify: { path: '/look', match: { id: '{{ key }}' } },
        },
      },
      channels: {},
      errors,
      limits: { perSecond: 10, concurrency: 4, timeoutMs: 2_000 },
      webhooks: null,
      facts: [],
    }
    const integration = {
      name: 'sink',
      connector: compileConnector(definition),
      baseUrl: vendor.url,
      connection: { account: 'a' },
      auth: oauth2,
      credentials: { id: { value: 'client-1' }, secret: { secret: 'client-secret' } },
      limits: definition.limits,
      mode: 'live' as const,
      channels: {},
      failover: {},
      readOnlyAfterMs: null,
      webhooks: null,
      ...change,
    }
    return new ConnectorExecutor({
      integrations: { integration: async () => integration },
      secrets: { resolve: async () => 'cl1ent-s3cret' },
      client,
      ...(accessTokens === null ? {} : { accessTokens }),
      clock: systemClock,
      logger: silentLogger,
    })
  }
  const run = async (subject = executor()) =>
    await subject.execute(await cleared(leased('once', { lead: '42' })), new AbortController().signal)

  it('ask for it with the client, and show it', async () => {
    tokens.give('good-Token-1')
    expect((await run()).state).to.equal('succeeded')
    expect(tokens.asked).to.deep.equal([
      [
        { tenantId: 't-1', workspace: 'default', integration: 'sink' },
        oauth2,
        { id: 'client-1', secret: 'cl1ent-s3cret' },
        { account: 'a' },
      ],
    ])
    expect(tokens.invalidated).to.deep.equal([])
  })

  it('are made again at once, once, with a new token when the vendor takes the first no more', async () => {
    tokens.give('old-Token-0', 'good-Token-1')
    expect((await run()).state).to.equal('succeeded')
    expect(tokens.invalidated).to.deep.equal([1])
    expect([vendor.received, vendor.effects.length]).to.deep.equal([2, 1])
  })

  it('shut the gate when the new token is not taken either', async () => {
    tokens.give('old-Token-0', 'old-Token-1', 'good-Token-1')
    const outcome = await run()
    expect(outcome).to.deep.include({ state: 'parked', wholeIntegration: true })
    expect(outcome).to.have.nested.property('error.code', 'NX-CALL-CREDENTIALS')
    expect(outcome).to.have.nested.property('report.health', 'credentials')
    expect([vendor.received, vendor.effects.length]).to.deep.equal([2, 0])
  })

  it('know an expired token by a rule about a body with status 200, too', async () => {
    vendor.failNext({ kind: 'status', status: 200, body: { errors: [{ code: 602 }] } })
    tokens.give('good-Token-1', 'good-Token-1')
    const rules: readonly ErrorRule[] = [
      { when: { body: { 'errors.*.code': [601, 602] } }, kind: 'expired', notExecuted: true },
    ]
    expect((await run(executor(rules))).state).to.equal('succeeded')
    expect(tokens.invalidated).to.deep.equal([1])
  })

  it('are not made again when a part of a send may have been done, though the token is new the next time', async () => {
    vendor.failNext({
      kind: 'status',
      status: 200,
      body: { data: { send: { id: '7' } }, errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] },
    })
    tokens.give('good-Token-1', 'good-Token-2')
    expect((await run(executor(graphqlErrors))).state).to.equal('unknown_outcome')
    expect(tokens.invalidated).to.deep.equal([1])
    expect(vendor.received).to.equal(1)
  })

  it('are made again where GraphQL took nothing but the token in hand', async () => {
    const refused = { errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] }
    vendor.failNext(
      { kind: 'status', status: 200, body: refused },
      { kind: 'status', status: 200, body: { data: { send: { id: '7' } } } },
    )
    tokens.give('good-Token-1', 'good-Token-1')
    expect((await run(executor(graphqlErrors))).state).to.equal('succeeded')
    expect(vendor.received).to.equal(2)
  })

  it('are not taken for calls that were never made when no new token can be read for the second try', async () => {
    const body = { data: { send: { id: '7' } }, errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] }
    vendor.failNext({ kind: 'status', status: 200, body })
    tokens.give('good-Token-1')
    tokens.invalidate = async () => {
      tokens.answers = []
    }
    const command = await cleared(leased('often', {}))
    const outcome = await executor(graphqlErrors).execute(command, new AbortController().signal)
    expect(outcome).to.include({ state: 'parked', notExecuted: false })
    expect(outcome).to.have.nested.property('error.code', 'NX-CALL-PREPARE')
    expect(vendor.received).to.equal(1)
  })

  it('are in doubt, not waiting to be sent, when judging the answer itself fails', async () => {
    tokens.give('good-Token-1')
    const broken = {
      [Symbol.iterator]: () => {
        throw new Error('broken')
      },
    } as unknown as readonly ErrorRule[]
    expect(await run(executor(broken))).to.have.nested.property('error.code', 'NX-CALL-ANSWER')
    expect((await run(executor(broken))).state).to.equal('unknown_outcome')
  })

  it('are made again though the old token cannot be given back', async () => {
    tokens.give('old-Token-0', 'good-Token-1')
    tokens.invalidate = async () => {
      throw new Error('the store is away')
    }
    expect((await run()).state).to.equal('succeeded')
  })

  it('that look whether a send took effect get a new token for the next look', async () => {
    tokens.give('old-Token-0', 'good-Token-1')
    const subject = executor()
    const look = async () => await subject.verify(leased('checked', {}), 60_000, new AbortController().signal)
    expect(await look()).to.deep.equal({ state: 'unknown', why: 'the look answered 401' })
    expect(tokens.invalidated).to.deep.equal([1])
    expect((await look()).state).to.equal('did_not_happen')
    expect(tokens.invalidated).to.deep.equal([1])
  })

  it('that read a page are made again once, and no more', async () => {
    const asked = { tenantId: 't-1', workspace: 'default', integration: 'sink', input: {}, since: null }
    const read = async () =>
      await executor().readPage({ ...asked, operation: 'list' }, new AbortController().signal)
    tokens.give('old-Token-0', 'good-Token-1')
    expect((await read()).state).to.equal('page')
    tokens.give('old-Token-0', 'old-Token-1', 'good-Token-1')
    expect(await read()).to.have.nested.property('outcome.error.code', 'NX-CALL-CREDENTIALS')
    expect([vendor.received, tokens.invalidated.length]).to.deep.equal([4, 2])
  })

  it('wait for a person when none can be had, and say why', async () => {
    tokens.answers = [
      { state: 'refused', code: 'NX-AUTH-CONSENT', message: 'consent was taken back (cl1ent-s3cret)' },
    ]
    const outcome = await run()
    expect(outcome).to.deep.include({ state: 'parked', wholeIntegration: true, retryAfterMs: null })
    expect(outcome).to.have.nested.property('error.code', 'NX-AUTH-CONSENT')
    expect(JSON.stringify(outcome)).to.not.contain('cl1ent-s3cret')
    expect(vendor.received).to.equal(0)
  })

  it('wait as long as the token endpoint asks, without blaming the vendor', async () => {
    tokens.answers = [{ state: 'unavailable', code: 'NX-AUTH-BUSY', message: '429', retryAfterMs: 7_000 }]
    expect(await run()).to.deep.include({
      state: 'parked',
      wholeIntegration: true,
      retryAfterMs: 7_000,
      report: { health: 'none', pauseMs: 7_000, reason: 'NX-AUTH-BUSY', remaining: null },
    })
  })

  it('wait for a person where no tokens are kept', async () => {
    const outcome = await run(executor([], {}, null))
    expect(outcome).to.have.nested.property('error.code', 'NX-AUTH-NO-TOKENS')
  })

  it('go where the token says, and not where its answer must not lead', async () => {
    const telling = (instanceUrl: string): TokenAnswer => ({
      state: 'token',
      token: 'good-Token-1',
      version: 1,
      connection: { instanceUrl },
    })
    tokens.answers = [telling(vendor.url)]
    expect((await run(executor([], { baseUrl: '{{ connection.instanceUrl }}' }))).state).to.equal('succeeded')
    tokens.answers = [telling('https://user:pw@evil.example')]
    const outcome = await run(executor([], { baseUrl: '{{ connection.instanceUrl }}' }))
    expect(outcome).to.have.nested.property('error.code', 'NX-CONNECTOR-CONNECTION')
  })

  it('never show the token in what came back', async () => {
    tokens.give('good-Token-1')
    vendor.failNext({ kind: 'status', status: 400, body: { echo: 'good-Token-1', key: 'cl1ent-s3cret' } })
    const text = JSON.stringify(await run())
    expect(text).to.contain('[secret]').and.to.not.contain('good-Token-1')
    expect(text).to.not.contain('cl1ent-s3cret')
  })

  it('are not sent with a token that would begin another header', async () => {
    tokens.give('a\r\nx-evil: 1')
    expect(await run()).to.have.nested.property('error.code', 'NX-AUTH-SECRET')
    expect(vendor.received).to.equal(0)
  })
})
