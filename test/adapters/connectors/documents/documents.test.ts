import { expect } from 'chai'
import { compileIntegration } from '../../../../src/adapters/connectors/compile-integrations.ts'
import { integrationKind } from '../../../../src/adapters/connectors/integration-kind.ts'
import type { JsonObject } from '../../../../src/kernel/json.ts'
import { check, head } from './check-document.ts'

const twilio: JsonObject = {
  ...head,
  connector: 'twilio',
  connection: { accountSid: `AC${'0'.repeat(32)}` },
  credentials: { authToken: { secret: 'tok' } },
}
describe('documents of built-in connectors', () => {
  it('are right when they give what the connector asks for', () => {
    expect(check(twilio)).to.deep.equal([])
    expect(
      check({ ...head, connector: 'slack', credentials: { botToken: { secret: 'bot' } } }),
    ).to.deep.equal([])
    expect(
      check({
        ...head,
        connector: 'webhook',
        connection: { url: 'https://a.example/in' },
        credentials: { secret: { secret: 's' } },
      }),
    ).to.deep.equal([])
    expect(
      check({
        ...head,
        connector: 'gohighlevel',
        connection: { locationId: 'l' },
        vendorVersion: 'v3',
        credentials: { accessToken: { secret: 's' } },
      }),
    ).to.deep.equal([])
  })
  const refused: readonly [string, JsonObject, RegExp][] = [
    [
      'a field that the connector has not',
      { ...twilio, connection: { ...(twilio['connection'] as JsonObject), region: 'x' } },
      /connection: .*region/,
    ],
    [
      'a field that does not look like it',
      { ...twilio, connection: { accountSid: 'AC1' } },
      /connection\.accountSid: does not look like: The SID/,
    ],
    ['a missing field', { ...twilio, connection: {} }, /connection\.accountSid/],
    [
      'a secret written out',
      { ...twilio, credentials: { authToken: 'abc' } },
      /credentials\.authToken: .*secret set/,
    ],
    [
      'a credential that the connector has not',
      { ...twilio, credentials: { password: { secret: 'x' } } },
      /credentials: .*password/,
    ],
    [
      'credentials that are not enough',
      { ...twilio, credentials: { apiKey: { secret: 'x' } } },
      /NX-INTEGRATION-CREDENTIALS credentials/,
    ],
    [
      'no credentials',
      { ...head, connector: 'twilio', connection: twilio['connection'] as JsonObject },
      /NX-INTEGRATION-CREDENTIALS connector/,
    ],
    ['a channel that the connector has not', { ...twilio, channels: ['fax'] }, /channels\.0/],
    [
      'a version that the vendor has not',
      {
        ...head,
        connector: 'gohighlevel',
        connection: { locationId: 'l' },
        vendorVersion: 'v9',
        credentials: { accessToken: { secret: 's' } },
      },
      /vendorVersion/,
    ],
    ['a version where there are none', { ...twilio, vendorVersion: 'v3' }, /vendorVersion/],
    ['operations of its own', { ...twilio, operations: {} }, /operations/],
  ]
  const slack: JsonObject = {
    ...head,
    connector: 'slack',
    credentials: { botToken: { secret: 'bot' } },
    webhooks: { signingSecret: [{ secret: 'now' }, { secret: 'before' }] },
  }
  it('take webhooks for an account that they name, and for no other', () => {
    expect(check(slack).join()).to.contain('NX-INTEGRATION-ACCOUNT connection')
    expect(check({ ...slack, connection: { teamId: 'T024BE7LD' } })).to.deep.equal([])
    const { webhooks } = compileIntegration(
      integrationKind.schema.parse({ ...slack, connection: { teamId: 'T024BE7LD' } }),
    )
    expect(webhooks?.keySources).to.deep.equal({ signingSecret: [{ secret: 'now' }, { secret: 'before' }] })
    const written = { ...slack, webhooks: { signingSecret: 'abc' } }
    expect(check(written).join()).to.contain('webhooks.signingSecret')
  })

  for (const [what, body, message] of refused)
    it(`refuse ${what}`, () => expect(check(body).join('\n')).to.match(message))

  it('run at the version that they name', () => {
    const at = (vendorVersion?: string) =>
      compileIntegration(
        integrationKind.schema.parse({
          ...head,
          connector: 'gohighlevel',
          connection: { locationId: 'l' },
          credentials: { accessToken: { secret: 's' } },
          ...(vendorVersion === undefined ? {} : { vendorVersion }),
        }),
      )
    expect(at().connector).to.equal(at('2021-07-28').connector)
    expect(at('v3').connector.definition.headers).to.deep.equal({ Version: 'v3' })
    expect(at('v3').connector).to.equal(at('v3').connector)
    expect(at().connector.definition.headers).to.deep.equal({ Version: '2021-07-28' })
  })
})

describe('auth of documents that bring their own operations', () => {
  const http: JsonObject = {
    ...head,
    connector: 'http',
    connection: { baseUrl: 'https://a.example' },
    operations: { look: { method: 'GET', path: '/', effect: 'read' } },
  }
  const s = { secret: 'x' }
  const kinds: readonly JsonObject[] = [
    {
      kind: 'oauth2',
      grant: 'client_credentials',
      tokenUrl: 'https://a.example/t',
      clientId: 'me',
      clientSecret: s,
    },
    {
      kind: 'oauth2',
      grant: 'authorization_code',
      authorizeUrl: 'https://a.example/a',
      tokenUrl: 'https://a.example/t',
      clientId: 'me',
    },
    {
      kind: 'jwt_bearer',
      tokenUrl: 'https://a.example/t',
      key: s,
      algorithm: 'ES256',
      claims: { iss: 'me' },
    },
    { kind: 'oauth1', consumerKey: s, consumerSecret: s, token: s, tokenSecret: s },
    { kind: 'mtls', certificate: s, key: s, with: { kind: 'basic', username: 'me', password: s } },
    { kind: 'standard_webhooks', secret: s },
    { kind: 'api_key', name: 'X-Key', value: s, prefix: 'Token ' },
  ]
  for (const auth of kinds)
    it(`may be ${String(auth['kind'])}${auth['grant'] === undefined ? '' : ` by ${String(auth['grant'])}`}`, () => {
      expect(check({ ...http, auth })).to.deep.equal([])
      const compiled = compileIntegration(integrationKind.schema.parse({ ...http, auth }))
      expect(compiled.auth.kind).to.equal(auth['kind'])
      expect(JSON.stringify(compiled.auth)).to.not.contain('"secret":"x"')
    })
  it('names each credential once, inside a client certificate too', () => {
    const { auth, credentials } = compileIntegration(
      integrationKind.schema.parse({ ...http, auth: kinds[4] as JsonObject }),
    )
    expect(auth).to.deep.equal({
      kind: 'mtls',
      certificate: 'certificate',
      key: 'key',
      with: { kind: 'basic', username: 'with.username', password: 'with.password' },
    })
    expect(credentials).to.deep.equal({
      certificate: s,
      key: s,
      'with.username': { value: 'me' },
      'with.password': s,
    })
  })
  it('refuses a token endpoint without TLS, and a client secret that is written out', () => {
    const [cc = {}] = kinds
    expect(check({ ...http, auth: { ...cc, tokenUrl: 'http://evil.example/t' } }).join()).to.contain('https')
    expect(check({ ...http, auth: { ...cc, clientSecret: 'abc' } }).join()).to.contain('secret set')
  })
})
