import { expect } from 'chai'
import { createPublicKey, generateKeyPairSync, verify } from 'node:crypto'
import { TokenEndpoint } from '../../../../src/adapters/connectors/auth/oauth/token-endpoint.ts'
import type { Grant } from '../../../../src/adapters/connectors/auth/oauth/token-endpoint.ts'
import { renderAuth } from '../../../../src/adapters/connectors/auth/oauth/rendered-auth.ts'
import type { TokenAuth } from '../../../../src/adapters/connectors/definition/auth-definition.ts'
import { OutgoingClient } from '../../../../src/adapters/http/outgoing-client.ts'
import { systemClock } from '../../../../src/kernel/clock.ts'
import { FakeAuthorizationServer } from '../../../support/oauth/fake-authorization-server.ts'
import type { Trouble } from '../../../support/oauth/fake-authorization-server.ts'

const credentials = { id: 'my client', secret: 's3cr3t&more' }

async function setup(over: Partial<Record<string, unknown>> = {}, allowPrivate = true) {
  const server = await new FakeAuthorizationServer().start()
  const client = new OutgoingClient({ allowPrivate })
  const endpoint = new TokenEndpoint({ client, clock: systemClock })
  const auth = {
    ...{ kind: 'oauth2', grant: 'client_credentials', tokenUrl: '{{ connection.base }}/token' },
    ...{ clientId: 'id', clientSecret: 'secret', clientAuth: 'basic', scopes: ['a', 'b'], skewMs: 1_000 },
    ...over,
  } as TokenAuth
  const request = async (grant: Grant = { kind: 'client' }, given: Record<string, string> = credentials) =>
    await endpoint.request(
      { ask: renderAuth(auth, given, { base: server.origin }), grant, bulkheadKey: 'k', timeoutMs: 500 },
      new AbortController().signal,
    )
  return {
    server,
    request,
    [Symbol.asyncDispose]: async () => {
      await client[Symbol.asyncDispose]()
      await server[Symbol.asyncDispose]()
    },
  }
}

const refresh = { kind: 'refresh', refreshToken: 'refresh-unknown-1' } as const
const withRefresh = {
  ...{ grant: 'authorization_code', authorizeUrl: 'https://x.example/a', pkce: true },
  ...{ refresh: { rotates: true, skewMs: 1_000 }, clientAuth: 'body', params: { user_type: 'Location' } },
}

describe('token endpoints', () => {
  it('are asked in the form that the connector says: client in a header', async () => {
    await using world = await setup({ params: { audience: 'x' } })
    expect((await world.request()).state).to.equal('granted')
    const [sent] = world.server.requests
    expect(Object.fromEntries(sent!.params)).to.deep.equal({
      ...{ grant_type: 'client_credentials', scope: 'a b', audience: 'x' },
    })
    // RFC 6749 2.3.1: both parts form-encoded first.
    expect(Buffer.from(sent!.authorization!.slice(6), 'base64').toString()).to.equal(
      'my+client:s3cr3t%26more',
    )
    expect(sent!.contentType).to.match(/^application\/x-www-form-urlencoded/)
  })

  it('are asked with client and further parameters in the body, as GoHighLevel wants it', async () => {
    await using world = await setup({
      ...withRefresh,
      capture: { locationId: 'locationId', user: 'user.id' },
    })
    world.server.extra = { locationId: 'L1', user: { id: 7 }, userType: 'Location' }
    const code: Grant = refresh
    expect(await world.request(code)).to.deep.include({ state: 'refused', error: 'invalid_grant' })
    expect(Object.fromEntries(world.server.requests[0]!.params)).to.deep.equal({
      ...{ grant_type: 'refresh_token', refresh_token: 'refresh-unknown-1', user_type: 'Location' },
      ...{ client_id: 'my client', client_secret: 's3cr3t&more' },
    })
  })

  it('give back what the answer tells of the connection', async () => {
    await using world = await setup({
      ...withRefresh,
      capture: { locationId: 'locationId', user: 'user.id', none: 'constructor' },
    })
    world.server.extra = { locationId: 'L1', user: { id: 7 }, grant: 1 }
    world.server.troubles.push({
      status: 200,
      body: JSON.stringify({
        access_token: 'a',
        refresh_token: 'r',
        expires_in: '60',
        locationId: 'L1',
        user: { id: 7 },
      }),
    })
    expect(await world.request(refresh)).to.deep.equal({
      state: 'granted',
      tokens: {
        ...{
          accessToken: 'a',
          refreshToken: 'r',
          expiresInMs: 60_000,
          refreshExpiresInMs: null,
          scopes: null,
        },
        captured: { locationId: 'L1', user: 7 },
      },
    })
  })

  for (const [title, algorithm, type, options] of [
    ['RSA', 'RS256', 'rsa', { modulusLength: 2_048 }],
    ['P-256', 'ES256', 'ec', { namedCurve: 'prime256v1' }],
  ] as const) {
    it(`get an assertion signed with ${title} that others can verify`, async () => {
      const { privateKey, publicKey } = generateKeyPairSync(
        type as 'rsa',
        options as { modulusLength: number },
      )
      const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
      const over = {
        kind: 'jwt_bearer',
        key: 'key',
        algorithm,
        claims: { iss: 'me', aud: '{{ connection.base }}' },
        lifetimeS: 60,
      }
      await using world = await setup(over)
      expect((await world.request({ kind: 'client' }, { key: pem })).state).to.equal('granted')
      const { params } = world.server.requests[0]!
      expect(params.get('grant_type')).to.equal('urn:ietf:params:oauth:grant-type:jwt-bearer')
      const [header, payload, signature] = params.get('assertion')!.split('.') as [string, string, string]
      const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Record<
        string,
        number | string
      >
      expect(claims).to.include({ iss: 'me', aud: world.server.origin })
      // Dated back, for vendors whose clock is behind ours.
      expect(Number(claims['exp']) - Number(claims['iat'])).to.equal(90)
      const key = {
        key: createPublicKey(publicKey.export({ type: 'spki', format: 'pem' })),
        dsaEncoding: 'ieee-p1363' as const,
      }
      expect(
        verify('sha256', Buffer.from(`${header}.${payload}`), key, Buffer.from(signature, 'base64url')),
      ).to.equal(true)
    })
  }

  it('never hear of a key that cannot sign', async () => {
    const over = { kind: 'jwt_bearer', key: 'key', algorithm: 'RS256', claims: {}, lifetimeS: 60 }
    await using world = await setup(over)
    const failed = await world
      .request({ kind: 'client' }, { key: 'no key at all' })
      .catch((error: unknown) => error)
    expect(failed).to.include({ code: 'NX-AUTH-KEY' })
    expect(JSON.stringify(failed)).to.not.contain('no key at all')
    expect(world.server.requests).to.have.length(0)
  })

  const troubles: readonly (readonly [string, Trouble, Record<string, unknown>])[] = [
    [
      '429 with a wait',
      { status: 429, headers: { 'retry-after': '7' } },
      { code: 'NX-AUTH-BUSY', retryAfterMs: 7_000, unclear: false },
    ],
    ['503', { status: 503 }, { code: 'NX-AUTH-BUSY', retryAfterMs: null, unclear: true }],
    [
      '502 that claims invalid_grant',
      { status: 502, body: '{"error":"invalid_grant"}' },
      { code: 'NX-AUTH-BUSY', unclear: true },
    ],
    [
      "a proxy's page with 200",
      { status: 200, body: '<html>Log in to the hotel</html>' },
      { code: 'NX-AUTH-ANSWER', unclear: true },
    ],
    ['JSON without a token', { status: 200, body: '{"ok":true}' }, { code: 'NX-AUTH-ANSWER', unclear: true }],
    [
      'a token with a line end in it',
      { status: 200, body: '{"access_token":"a\\r\\nx: y"}' },
      { code: 'NX-AUTH-ANSWER' },
    ],
    [
      'a token that is no text',
      { status: 200, body: '{"access_token":{"a":1}}' },
      { code: 'NX-AUTH-ANSWER' },
    ],
    [
      'a refresh token that is no text',
      { status: 200, body: '{"access_token":"a","refresh_token":5}' },
      { code: 'NX-AUTH-ANSWER' },
    ],
    ['no answer', 'lost', { code: 'NX-AUTH-UNREACHABLE', unclear: true }],
    ['an answer that takes too long', { slowMs: 2_000 }, { code: 'NX-AUTH-UNREACHABLE', unclear: true }],
  ]
  for (const [title, trouble, expected] of troubles) {
    it(`are unavailable with ${title}`, async () => {
      await using world = await setup()
      world.server.troubles.push(trouble)
      expect(await world.request()).to.deep.include({ state: 'unavailable', ...expected })
    })
  }

  for (const [title, trouble, error] of [
    [
      'an error with 200, as Slack does',
      { status: 200, body: '{"ok":false,"error":"invalid_refresh_token"}' },
      'invalid_refresh_token',
    ],
    ['an error object', { status: 400, body: '{"error":{"code":5}}' }, 'error'],
    ['403 and a page', { status: 403, body: '<html>' }, 'http_403'],
    ['a redirect', { status: 302, headers: { location: 'http://169.254.169.254/' } }, 'http_302'],
  ] as const) {
    it(`refuse with ${title}`, async () => {
      await using world = await setup()
      world.server.troubles.push(trouble)
      expect(await world.request()).to.deep.include({ state: 'refused', error })
      expect(world.server.requests).to.have.length(1)
    })
  }

  it('do not get their own words past us: what was shown is taken out of errors', async () => {
    await using world = await setup(withRefresh)
    const answer = await world.request(refresh)
    expect(answer).to.deep.include({ state: 'refused', error: 'invalid_grant' })
    expect(JSON.stringify(answer)).to.contain('[secret]').and.not.contain(refresh.refreshToken)
    world.server.troubles.push({
      status: 400,
      body: '{"error":"x","error_description":"bad secret s3cr3t&more \\u0007"}',
    })
    expect(JSON.stringify(await world.request(refresh))).to.not.match(/s3cr3t|\\u0007/)
  })

  it('are not reached at private addresses where those are not allowed', async () => {
    await using world = await setup({}, false)
    expect(await world.request()).to.deep.include({ state: 'unavailable', code: 'NX-EGRESS-PRIVATE' })
    expect(world.server.requests).to.have.length(0)
  })

  it('must speak https, but for loopback', () => {
    const auth = { kind: 'oauth2', grant: 'client_credentials', tokenUrl: 'http://vendor.example/token' }
    const full = {
      ...auth,
      clientId: 'id',
      clientSecret: 's',
      clientAuth: 'body',
      scopes: [],
      skewMs: 1,
    } as TokenAuth
    expect(() => renderAuth(full, credentials, {})).to.throw('A login needs https')
    const loopback = { ...full, tokenUrl: 'http://127.0.0.1.vendor.example/token' } as TokenAuth
    expect(() => renderAuth(loopback, credentials, {})).to.throw('A login needs https')
  })

  it('are on the host that the connector names, whatever the connection says', () => {
    const auth = (over: object) =>
      ({
        ...{ kind: 'oauth2', grant: 'authorization_code', tokenUrl: 'https://vendor.example/token' },
        ...{ authorizeUrl: 'https://vendor.example/authorize', clientId: 'id', clientSecret: 's' },
        ...{ clientAuth: 'body', scopes: [], pkce: true, refresh: { rotates: true, skewMs: 1 }, ...over },
      }) as TokenAuth
    const shop = 'https://{{ connection.shop }}.vendor.example'
    const elsewhere = [
      'a@evil.example/',
      'evil.example/',
      'evil.example?',
      'evil.example#',
      'a:80',
      'a\\b',
      'a b',
      '',
    ]
    for (const value of elsewhere)
      for (const over of [{ tokenUrl: `${shop}/token` }, { authorizeUrl: `${shop}/authorize` }])
        expect(() => renderAuth(auth(over), credentials, { shop: value }), value).to.throw(
          'The connection does not fit the connector',
        )
    const made = renderAuth(auth({ tokenUrl: `${shop}/token` }), credentials, { shop: 'my-shop.eu' })
    expect(made.auth.tokenUrl).to.equal('https://my-shop.eu.vendor.example/token')

    const based = auth({ tokenUrl: '{{ connection.base }}/token' })
    expect(renderAuth(based, credentials, { base: 'https://a.example:444/x' }).auth.tokenUrl).to.equal(
      'https://a.example:444/x/token',
    )
    for (const base of [
      'https://good.example@evil.example',
      'https://evil.example?x=',
      'https://evil.example#',
    ])
      expect(() => renderAuth(based, credentials, { base }), base).to.throw(
        'The connection does not fit the connector',
      )
    for (const tokenUrl of ['https://user:pass@vendor.example/token', 'https://vendor.example/token#x'])
      expect(() => renderAuth(auth({ tokenUrl }), credentials, {}), tokenUrl).to.throw('A login needs https')
  })
})
