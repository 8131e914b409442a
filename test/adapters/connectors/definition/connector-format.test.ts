import { readFileSync } from 'node:fs'
import { Ajv } from 'ajv'
import { expect } from 'chai'
import { compileConnector } from '../../../../src/adapters/connectors/compile-connector.ts'
import type { ConnectorDefinition } from '../../../../src/adapters/connectors/define-connector.ts'
import { atVersion } from '../../../../src/adapters/connectors/definition/api-version.ts'
import {
  connectorJsonSchema,
  connectorSchema,
} from '../../../../src/adapters/connectors/definition/connector-schema.ts'
import { idempotencyOf } from '../../../../src/adapters/connectors/definition/idempotency.ts'
import { connectorNames, connectorOf } from '../../../../src/adapters/connectors/vendors/registry.ts'
import { mergePatch } from '../../../../src/kernel/merge-patch.ts'
import type { JsonObject, JsonValue } from '../../../../src/kernel/json.ts'

const published = new URL('../../../../docs/connector.schema.json', import.meta.url)
const validate = new Ajv({ strict: false, allErrors: true }).compile(connectorJsonSchema())

/** Problems of a built-in connector that was changed. */
function problems(patch: JsonObject, name = 'gohighlevel'): readonly string[] {
  const changed = mergePatch(connectorOf(name) as unknown as JsonValue, patch)
  const parsed = connectorSchema.safeParse(changed)
  return parsed.success ? [] : parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`)
}

describe('the format of connectors', () => {
  for (const name of connectorNames) {
    describe(name, () => {
      const definition = connectorOf(name)
      it('survives being written as JSON', () => {
        expect(JSON.parse(JSON.stringify(definition))).to.deep.equal(definition)
      })
      it('is valid, by the schema and by the published JSON Schema', () => {
        const parsed = connectorSchema.safeParse(definition)
        expect(parsed.error?.issues ?? []).to.deep.equal([])
        expect(validate(definition), JSON.stringify(validate.errors)).to.equal(true)
      })
      it('compiles without problems, in every version', () => {
        for (const id of [undefined, ...(definition.apiVersions ?? []).map((version) => version.id)])
          expect(compileConnector(atVersion(definition, id)).problems, id).to.deep.equal([])
      })
      it('cites where its facts are from, and when they were checked', () => {
        expect(definition.facts).to.not.have.length(0)
        for (const { checked } of definition.facts) expect(Date.parse(checked)).to.be.greaterThan(0)
      })
    })
  }

  it('is published as it is: else `node scripts/write-connector-schema.mjs`', () => {
    expect(JSON.parse(readFileSync(published, 'utf8'))).to.deep.equal(connectorJsonSchema())
  })

  const refused: readonly [string, JsonObject, RegExp][] = [
    ['a format that there is not', { format: 'neuronx.connector/2' }, /^format: /],
    ['a member that is misspelt', { chanels: {} }, /chanels/],
    ['an operation with one', { operations: { 'tag.add': { pth: '/x' } } }, /operations\.tag\.add.*pth/],
    [
      'GraphQL without its text',
      { operations: { 'tag.add': { encode: 'graphql' } } },
      /operations\.tag\.add: `encode: graphql` and `document` go together/,
    ],
    [
      'an address of a field that there is not',
      { baseUrl: 'https://{{ connection.region }}.example' },
      /^connection: does not state 'region'/,
    ],
    [
      'a channel without its operation',
      { channels: { fax: 'fax.send' } },
      /channels\.fax: names no operation/,
    ],
    ['a health check that writes', { health: 'tag.add' }, /health: must name an operation that reads/],
    [
      'an auth with a credential that is not stated',
      { auth: [{ kind: 'bearer', token: 'other' }] },
      /'other'/,
    ],
    [
      'a capture of a field that there is not',
      {
        auth: [
          {
            kind: 'oauth2',
            grant: 'authorization_code',
            authorizeUrl: 'https://a.b/c',
            tokenUrl: 'https://a.b/t',
            clientId: 'accessToken',
            clientAuth: 'body',
            pkce: true,
            scopes: [],
            refresh: { rotates: true, skewMs: 1 },
            capture: { nowhere: 'x' },
          },
        ],
      },
      /fills no field 'nowhere'/,
    ],
    [
      'a token endpoint without TLS',
      {
        auth: [
          {
            kind: 'oauth2',
            grant: 'client_credentials',
            tokenUrl: 'http://evil.example/t',
            clientId: 'accessToken',
            clientSecret: 'accessToken',
            clientAuth: 'body',
            scopes: [],
            skewMs: 1,
          },
        ],
      },
      /https address/,
    ],
    ['a path that is none', { operations: { 'tag.add': { path: 'tags' } } }, /begin with/],
    ['an error kind that there is not', { errors: [{ when: {}, kind: 'sad' }] }, /errors\.0\.kind/],
    [
      'a body rule on an object',
      { errors: [{ when: { body: { a: { b: 1 } } }, kind: 'ok' }] },
      /exists: true/,
    ],
    ['facts without a date', { facts: [{ says: 'x', source: 'y', checked: 'once' }] }, /facts\.0\.checked/],
    ['no facts', { facts: [] }, /must cite/],
    [
      'an overlay that breaks the definition',
      { apiVersions: [{ id: 'x', overlay: { operations: { 'message.send': null } } }] },
      /apiVersions\.0\.overlay\.channels/,
    ],
    [
      'an overlay that makes it another connector',
      { apiVersions: [{ id: 'x', overlay: { connector: 'y' } }] },
      /must not change what the connector is/,
    ],
    ['a header that the client sets', { headers: { Host: 'x' } }, /headers\.Host/],
    ['a pattern that is none', { connection: { locationId: { pattern: '(' } } }, /regular expression/],
  ]
  for (const [what, patch, message] of refused) {
    it(`refuses ${what}`, () => {
      expect(problems(patch).join('\n')).to.match(message)
    })
  }

  it('has a place for what back-office vendors need', () => {
    // The types and the schema take OAuth 2 with capture, client certificates, OAuth 1, cursors and describe.
    const patch: JsonObject = {
      connection: {
        instanceUrl: { type: 'string', help: 'From the token.', optional: true },
        account: { type: 'string', help: 'x' },
      },
      credentials: Object.fromEntries(
        ['id', 'secret', 'cert', 'key', 'ck', 'cs', 't', 'ts'].map((n) => [n, { help: n, optional: true }]),
      ),
      baseUrl: '{{ connection.instanceUrl }}',
      auth: [
        {
          kind: 'oauth2',
          grant: 'authorization_code',
          authorizeUrl: 'https://a.b/c',
          tokenUrl: 'https://a.b/t',
          clientId: 'id',
          clientSecret: 'secret',
          clientAuth: 'basic',
          pkce: false,
          scopes: ['api'],
          refresh: { rotates: false, skewMs: 60_000, fatal: { error: ['invalid_grant'] } },
          capture: { instanceUrl: 'instance_url' },
        },
        {
          kind: 'mtls',
          certificate: 'cert',
          key: 'key',
          with: {
            kind: 'oauth2',
            grant: 'client_credentials',
            tokenUrl: 'https://a.b/t',
            clientId: 'id',
            clientSecret: 'secret',
            clientAuth: 'body',
            scopes: [],
            skewMs: 1,
          },
        },
        {
          kind: 'oauth1',
          consumerKey: 'ck',
          consumerSecret: 'cs',
          token: 't',
          tokenSecret: 'ts',
          signature: 'HMAC-SHA256',
          realm: '{{ connection.account }}',
        },
        {
          kind: 'jwt_bearer',
          tokenUrl: 'https://a.b/t',
          key: 'key',
          algorithm: 'RS256',
          claims: { iss: '{{ connection.account }}' },
          lifetimeS: 180,
          skewMs: 1,
        },
      ],
      operations: {
        'contact.fields': { method: 'GET', path: '/describe', effect: 'read' },
        'contact.changes': {
          method: 'GET',
          path: '/contacts',
          effect: 'read',
          pagination: {
            kind: 'cursor',
            items: 'records',
            next: 'next',
            param: 'cursor',
            size: { param: 'limit', value: 200 },
          },
          incremental: { cursor: 'modified', param: { since: '{{ since | epoch }}' }, lookbackMs: 120_000 },
        },
      },
      describe: 'contact.fields',
      health: 'contact.fields',
      apiVersions: null,
    }
    expect(problems(patch)).to.deep.equal([])
  })
})

describe('versions of an API', () => {
  const base = connectorOf('gohighlevel')
  it('are the definition with an overlay; without a name the default one', () => {
    expect(atVersion(base, undefined)).to.equal(base)
    expect(atVersion(base, '2021-07-28')).to.equal(base)
    const v3 = atVersion(base, 'v3')
    expect(v3.headers).to.deep.equal({ Version: 'v3' })
    expect(v3.operations['message.send']?.headers).to.deep.equal({ Version: 'v3' })
    expect(v3.operations['tag.add']).to.deep.equal(base.operations['tag.add'])
  })
  it('take members away with null and leave the definition alone', () => {
    const before = JSON.stringify(base)
    const overlay = { operations: { 'tag.add': null }, limits: { perSecond: 2 } }
    const changed = atVersion({ ...base, apiVersions: [{ id: 'x', overlay }] } as ConnectorDefinition, 'x')
    expect(changed.operations).to.not.have.property('tag.add')
    expect(changed.limits).to.deep.equal({ ...base.limits, perSecond: 2 })
    expect(JSON.stringify(base)).to.equal(before)
  })
})

describe('the idempotency of an operation', () => {
  const verify = { path: '/x', match: { a: 'b' } }
  const cases = [
    ['native', { effect: 'send', idempotency: { header: 'Idempotency-Key' } }],
    ['native', { effect: 'upsert', idempotency: { query: 'requestid' } }],
    ['natural', { effect: 'upsert' }],
    ['natural', { effect: 'update' }],
    ['natural', { effect: 'delete' }],
    ['natural', { effect: 'read' }],
    ['verifiable', { effect: 'create', verify }],
    ['none', { effect: 'create' }],
    ['none', { effect: 'send' }],
  ] as const
  for (const [expected, operation] of cases) {
    it(`of ${JSON.stringify(operation)} is ${expected}`, () => {
      expect(idempotencyOf(operation)).to.equal(expected)
    })
  }
})
