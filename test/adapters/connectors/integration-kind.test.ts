import { expect } from 'chai'
import { compileIntegrations } from '../../../src/adapters/connectors/compile-integrations.ts'
import { createGhlTestKeys } from '../../../src/adapters/connectors/fakes/ghl-webhooks.ts'
import { integrationKind } from '../../../src/adapters/connectors/integration-kind.ts'
import type { IntegrationSpec } from '../../../src/adapters/connectors/integration-schema.ts'
import type {
  DocumentKind,
  DocumentSet,
  TypedDocument,
} from '../../../src/control-plane/documents/document-kind.ts'
import { pathText } from '../../../src/control-plane/documents/document.ts'
import type { JsonObject } from '../../../src/kernel/json.ts'

const head = { apiVersion: 'neuronx/v1', kind: 'Integration' }
const hit = { method: 'POST', path: '/hit', effect: 'send', body: { lead: '{{ input.lead }}' } }
const sink: JsonObject = {
  ...head,
  name: 'sink',
  connector: 'http',
  connection: { baseUrl: 'http://127.0.0.1:9999' },
  auth: { kind: 'none' },
  operations: { hit: { ...hit, idempotency: { header: 'Idempotency-Key' } }, once: hit },
}
const ghl: JsonObject = {
  ...head,
  name: 'ghl',
  connector: 'gohighlevel',
  connection: { locationId: 'abc' },
  credentials: { accessToken: { secret: 'ghl-token' } },
}

function setOf(
  ...bodies: readonly JsonObject[]
): DocumentSet & { readonly all: readonly TypedDocument<IntegrationSpec>[] } {
  const all = bodies.map((body) => ({
    document: { kind: 'Integration', name: String(body['name']), digest: '', body },
    spec: integrationKind.schema.parse(body),
  }))
  return {
    all,
    ofKind: <Spec>(_kind: DocumentKind<Spec>) => all as unknown as readonly TypedDocument<Spec>[],
  }
}

function problems(...bodies: readonly JsonObject[]) {
  const set = setOf(...bodies)
  return set.all.flatMap((typed) => integrationKind.check?.(typed, set) ?? [])
}

function issues(body: JsonObject) {
  const result = integrationKind.schema.safeParse(body)
  return result.success ? [] : result.error.issues
}

describe('the Integration kind', () => {
  it('provides the operations and the channels of its connector', () => {
    const [first] = setOf({ ...sink, channels: { pager: 'hit' } }).all
    const [second] = setOf({ ...ghl, channels: ['sms'] }).all
    if (first === undefined || second === undefined) throw new Error('no documents')
    const names = (typed: TypedDocument<IntegrationSpec>) =>
      integrationKind.provides?.(typed).map(({ space, name }) => `${space} ${name}`)
    expect(names(first)).to.deep.equal(['operation sink.hit', 'operation sink.once', 'channel pager'])
    expect(names(second)).to.include.members([
      'operation ghl.contact.upsert',
      'operation ghl.message.send',
      'channel sms',
    ])
    expect(names(second)).to.not.include('channel email')
  })

  it('compiles into a catalogue that knows what may be repeated', () => {
    const { catalog, byName } = compileIntegrations(setOf(sink, ghl))
    expect(catalog.operation('sink', 'hit')).to.deep.equal({
      integration: 'sink',
      operation: 'hit',
      repeatable: 'yes',
    })
    expect(catalog.operation('sink', 'once')?.repeatable).to.equal('no')
    expect(catalog.operation('ghl', 'message.send')?.repeatable).to.equal('no')
    expect(catalog.operation('ghl', 'tag.add')?.repeatable).to.equal('yes')
    expect(catalog.operation('ghl', 'nothing')).to.equal(null)
    expect(catalog.channel('whatsapp')).to.deep.include({ integration: 'ghl', operation: 'message.send' })
    expect(catalog.channel('fax')).to.equal(null)
    expect(byName.get('ghl')?.webhooks).to.not.equal(null)
    expect(byName.get('sink')?.webhooks).to.equal(null)
  })

  const refused: readonly [string, JsonObject, string, RegExp][] = [
    [
      'another connector',
      { ...sink, connector: 'smoke' },
      'connector',
      /http, graphql, gohighlevel, resend, slack, smtp, teams, teams-workflow, twilio, webhook or whatsapp/,
    ],
    ['an unknown field', { ...sink, conection: {} }, '', /conection/],
    [
      'a base URL that is none',
      { ...sink, connection: { baseUrl: 'example.com' } },
      'connection.baseUrl',
      /http or https/,
    ],
    [
      'a base URL with a password',
      { ...sink, connection: { baseUrl: 'https://a:b@c.de' } },
      'connection.baseUrl',
      /without user/,
    ],
    [
      'a file address',
      { ...sink, connection: { baseUrl: 'file:///etc/passwd' } },
      'connection.baseUrl',
      /http or https/,
    ],
    ['a secret written out', { ...sink, auth: { kind: 'bearer', token: 'abc' } }, 'auth.token', /secret set/],
    [
      'a path that is not below the base',
      { ...sink, operations: { hit: { ...hit, path: 'hit' } } },
      'operations.hit.path',
      /begin with/,
    ],
    [
      'a query in a path',
      { ...sink, operations: { hit: { ...hit, path: '/hit?a=1' } } },
      'operations.hit.path',
      /query/,
    ],
    [
      'an effect that is none',
      { ...sink, operations: { hit: { ...hit, effect: 'boom' } } },
      'operations.hit.effect',
      /upsert/,
    ],
    ['a host header', { ...sink, headers: { Host: 'x' } }, 'headers.Host', /HTTP client/],
    ['a timeout above a minute', { ...sink, limits: { timeout: '2m' } }, 'limits.timeout', /60s/],
    ['no location', { ...ghl, connection: {} }, 'connection.locationId', /expected string/i],
  ]
  for (const [what, body, path, message] of refused) {
    it(`refuses ${what}`, () => {
      const found = issues(body).map((issue) => ({
        path: issue.path.join('.'),
        message: JSON.stringify(issue),
      }))
      expect(found.map((issue) => issue.path)).to.include(path)
      expect(found.map((issue) => issue.message).join()).to.match(message)
    })
  }

  it('finds templates that cannot be, at their place', () => {
    const body = {
      ...sink,
      operations: {
        hit: { ...hit, body: { a: 'x {{ lead.name }}' }, output: { id: '{{ input | shout }}' } },
      },
    }
    expect(problems(body).map(({ path, message }) => [pathText(path), message])).to.deep.equal([
      ['operations.hit.body.a', "There is no 'lead' here"],
      // An output is made of the answer alone.
      ['operations.hit.output.id', "There is no 'input' here"],
      ['operations.hit.output.id', "There is no function 'shout'"],
    ])
  })

  it('finds secrets in headers, bodies of GETs and channels without an operation', () => {
    const body = {
      ...sink,
      headers: { Authorization: 'Bearer abc' },
      operations: { look: { method: 'GET', path: '/', effect: 'read', body: { a: 1 } } },
      channels: { sms: 'hit' },
    }
    expect(
      problems(body)
        .map(({ code }) => code)
        .sort(),
    ).to.deep.equal(['NX-INTEGRATION-BODY', 'NX-INTEGRATION-CHANNEL', 'NX-INTEGRATION-SECRET'])
  })

  it('tells keys of the right kind from others', () => {
    const keys = createGhlTestKeys()
    const webhooks = { ed25519PublicKey: keys.ed25519.publicKeyPem, rsaPublicKey: keys.rsa.publicKeyPem }
    expect(problems({ ...ghl, webhooks })).to.deep.equal([])
    const swapped = { ed25519PublicKey: keys.rsa.publicKeyPem, rsaPublicKey: 'no key' }
    expect(problems({ ...ghl, webhooks: swapped }).map(({ path }) => pathText(path))).to.deep.equal([
      'webhooks.ed25519PublicKey',
      'webhooks.rsaPublicKey',
    ])
  })

  it('refuses two integrations for one channel, and accepts them apart', () => {
    const second = { ...ghl, name: 'ghl-two' }
    expect(problems(ghl, second).map(({ code }) => code)).to.include('NX-INTEGRATION-CHANNEL-TWICE')
    expect(problems({ ...ghl, channels: ['sms'] }, { ...second, channels: ['email'] })).to.deep.equal([])
  })
})
