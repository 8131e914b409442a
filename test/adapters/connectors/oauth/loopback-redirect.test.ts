import { expect } from 'chai'
import { request } from 'node:http'
import {
  beginAuthorization,
  readCallback,
  readPasted,
} from '../../../../src/adapters/connectors/auth/oauth/authorization.ts'
import { listenForRedirect } from '../../../../src/adapters/connectors/auth/oauth/loopback-redirect.ts'
import { asksPerson, renderAuth } from '../../../../src/adapters/connectors/auth/oauth/rendered-auth.ts'
import type { AuthorizationCodeAuth } from '../../../../src/adapters/connectors/definition/auth-definition.ts'
import { NxError } from '../../../../src/kernel/errors.ts'

const auth: AuthorizationCodeAuth = {
  ...{
    kind: 'oauth2',
    grant: 'authorization_code',
    authorizeUrl: 'https://vendor.example/authorize?prompt=consent',
  },
  ...{
    tokenUrl: 'https://vendor.example/token',
    clientId: 'id',
    clientAuth: 'body',
    pkce: true,
    scopes: ['a', 'b'],
  },
  refresh: { rotates: true, skewMs: 1 },
}

function askOf(over: Partial<AuthorizationCodeAuth> = {}) {
  const ask = renderAuth({ ...auth, ...over }, { id: 'client' }, {})
  if (!asksPerson(ask.auth)) throw new Error('it asks a person')
  return { ...ask, auth: ask.auth }
}

function codeOf(attempt: () => unknown): string {
  try {
    attempt()
  } catch (error) {
    return error instanceof NxError ? error.code : String(error)
  }
  return 'it did not fail'
}

interface Page {
  readonly status: number
  readonly headers: Record<string, string | string[] | undefined>
  readonly body: string
}

async function get(address: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Page> {
  return await new Promise((resolve, reject) => {
    request(address, { method, headers }, (response) => {
      let body = ''
      response.setEncoding('utf8')
      response.on('data', (chunk: string) => (body += chunk))
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }))
    })
      .on('error', reject)
      .end()
  })
}

async function setup() {
  const redirect = await listenForRedirect(null)
  const begun = await beginAuthorization(askOf(), redirect.redirectUri)
  const received = redirect.receive(begun, 5_000)
  received.catch(() => {})
  const cookie = async (): Promise<Record<string, string>> => {
    const page = await get(redirect.startAddress)
    return { cookie: String(page.headers['set-cookie']).split(';')[0] ?? '' }
  }
  const back = (params: Record<string, string>): string =>
    `${redirect.redirectUri}?${new URLSearchParams(params)}`
  return {
    redirect,
    begun,
    received,
    cookie,
    back,
    [Symbol.asyncDispose]: async () => await redirect[Symbol.asyncDispose](),
  }
}

describe('a login through the browser', () => {
  it('takes the answer of the browser that began it, once', async () => {
    await using world = await setup()
    const { begun, back } = world
    const cookie = await world.cookie()
    const page = await get(back({ code: 'c0de', state: begun.state }), cookie)
    expect(page.status).to.equal(200)
    expect(page.body).to.not.contain('c0de')
    expect(page.headers).to.include({ 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' })
    expect((await world.received).get('code')).to.equal('c0de')
    expect((await get(back({ code: 'other', state: begun.state }), cookie)).status).to.equal(410)
  })

  it('shows its address nowhere but in the first answer: the address for the browser holds no part of it', async () => {
    await using world = await setup()
    const { startAddress } = world.redirect
    for (const part of [world.begun.state, world.begun.verifier ?? '', 'client'])
      expect(startAddress).to.not.contain(part)
    const first = await get(startAddress)
    expect([first.status, first.headers.location]).to.deep.equal([302, world.begun.address.href])
    expect((await get(startAddress)).status).to.equal(410)
  })

  it('turns away other states, other browsers, other hosts and other methods, and goes on waiting', async () => {
    await using world = await setup()
    const { begun, back, redirect } = world
    const right = { code: 'c', state: begun.state }
    const cookie = await world.cookie()
    expect((await get(back({ code: 'c', state: 'x' }), cookie)).status).to.equal(400)
    expect((await get(back({ code: 'c' }), cookie)).status).to.equal(400)
    expect((await get(back(right))).status).to.equal(403)
    expect((await get(back(right), { cookie: 'neuronx_login=guess' })).status).to.equal(403)
    expect((await get(back(right), { ...cookie, host: 'rebound.example' })).status).to.equal(403)
    expect((await get(back(right), cookie, 'POST')).status).to.equal(405)
    expect((await get(`${new URL(redirect.redirectUri).origin}/start/guess`)).status).to.equal(404)
    expect((await get(back(right), cookie)).status).to.equal(200)
    expect((await world.received).get('state')).to.equal(begun.state)
  })

  it('ends when nobody comes', async () => {
    await using redirect = await listenForRedirect(null)
    const begun = await beginAuthorization(askOf(), redirect.redirectUri)
    const error = await redirect.receive(begun, 20).catch((thrown: unknown) => thrown)
    expect(error).to.include({ code: 'NX-AUTH-TIMEOUT' })
  })

  it('listens on loopback only, at an address that says so', async () => {
    for (const address of [
      'https://127.0.0.1:1/x',
      'http://0.0.0.0:1/x',
      'http://vendor.example:1/x',
      'http://127.0.0.1/x',
    ])
      expect(await listenForRedirect(address).catch((error: NxError) => error.code)).to.equal(
        'NX-AUTH-REDIRECT',
      )
    await using first = await listenForRedirect(null)
    expect(await listenForRedirect(first.redirectUri).catch((error: NxError) => error.code)).to.equal(
      'NX-AUTH-LISTEN',
    )
  })
})

describe('the authorization request', () => {
  it('carries fresh state and PKCE, and what the vendor has in its address', async () => {
    const [one, two] = [
      await beginAuthorization(askOf(), 'http://x/cb'),
      await beginAuthorization(askOf(), 'http://x/cb'),
    ]
    expect(one.state).to.not.equal(two.state)
    const { code_challenge: challenge, state, ...rest } = Object.fromEntries(one.address.searchParams)
    expect(rest).to.deep.equal({
      ...{ prompt: 'consent', response_type: 'code', client_id: 'client', redirect_uri: 'http://x/cb' },
      ...{ scope: 'a b', code_challenge_method: 'S256' },
    })
    expect(state).to.equal(one.state)
    expect(challenge)
      .to.match(/^[\w-]{43}$/)
      .and.not.equal(one.verifier)
  })

  it('goes without PKCE where the vendor does not take it', async () => {
    const begun = await beginAuthorization(askOf({ pkce: false }), 'http://x/cb')
    expect(begun.verifier).to.equal(null)
    expect(begun.address.searchParams.has('code_challenge')).to.equal(false)
  })

  it('is answered by its own state only', () => {
    const read = (params: string): string =>
      codeOf(() => readCallback(askOf(), { state: 's' }, new URLSearchParams(params)))
    expect(read('code=c&state=s&iss=https://vendor.example')).to.equal('it did not fail')
    expect(read('code=c&state=t')).to.equal('NX-AUTH-STATE')
    expect(read('code=c')).to.equal('NX-AUTH-STATE')
    expect(read('code=c&state=s&state=t')).to.equal('NX-AUTH-STATE')
    expect(read('state=s')).to.equal('NX-AUTH-CODE')
    expect(read('state=s&code=')).to.equal('NX-AUTH-CODE')
    expect(read('state=s&error=access_denied&error_description=no')).to.equal('NX-AUTH-DENIED')
    expect(read('state=t&error=access_denied')).to.equal('NX-AUTH-STATE')
    expect(read('state=s&code=c&token=t')).to.equal('NX-AUTH-CODE')
  })

  it('may be answered by hand: with the address, its query, or the code', () => {
    const read = (text: string) => readPasted(text, { state: 's' })
    expect(read('  https://acme.example/oauth?code=c&state=x \n').get('state')).to.equal('x')
    expect(read('?code=c&state=x').get('state')).to.equal('x')
    expect(Object.fromEntries(read('4/0AbCd=='))).to.deep.equal({ code: '4/0AbCd==', state: 's' })
    for (const text of ['', 'a b', 'x'.repeat(5_000)])
      expect(codeOf(() => read(text))).to.equal('NX-AUTH-CODE')
  })
})
