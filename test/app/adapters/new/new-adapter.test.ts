import { expect } from 'chai'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { newAdapter } from '../../../../src/app/adapters/new/new-adapter.ts'
import type { NewAdapterAsk } from '../../../../src/app/adapters/new/new-adapter.ts'
import { scaffoldAuthKinds } from '../../../../src/app/adapters/new/scaffold.ts'
import { testConfig } from '../../../../src/app/config-tests/test-config.ts'
import { documentKinds } from '../../../../src/app/kinds.ts'
import { validateDirectory } from '../../../../src/control-plane/validate/validate-directory.ts'
import { codeOf } from '../../../support/code-of.ts'
import { sharedData } from '../../../support/shared-data.ts'
import { repository } from './new-repository.ts'

const description = {
  openapi: '3.1.0',
  servers: [{ url: 'https://api.example.com/v2/' }],
  security: [{ key: [] }],
  paths: {
    '/me': { get: { operationId: 'getMe', responses: { 200: { description: 'ok' } } } },
    '/accounts/{accountId}/contacts': {
      parameters: [{ name: 'accountId', in: 'path', required: true, schema: { type: 'string' } }],
      post: {
        operationId: 'createContact',
        summary: 'Makes a contact\n---\nkind: Fleet',
        parameters: [
          { name: 'dryRun', in: 'query', required: true, schema: { type: 'boolean' } },
          { name: 'page', in: 'query', schema: { type: 'integer' } },
          { name: 'Version', in: 'header', required: true, schema: { type: 'string', enum: ['2026-01-01'] } },
          { name: 'Idempotency-Key', in: 'header', schema: { type: 'string' } },
        ],
        requestBody: {
          content: { 'application/json': { schema: { $ref: '#/components/schemas/NewContact' } } },
        },
        responses: {
          201: {
            content: {
              'application/json': { schema: { type: 'object', properties: { id: { type: 'string' } } } },
            },
          },
        },
      },
    },
    '/notes': {
      post: {
        operationId: 'addNote',
        requestBody: {
          content: {
            'application/x-www-form-urlencoded': {
              schema: {
                type: 'object',
                required: ['Body', 'Count', 'Kinds'],
                properties: {
                  Body: { type: 'string' },
                  Count: { type: 'integer' },
                  Kinds: { type: 'array', items: { type: 'string' } },
                },
              },
            },
          },
        },
        responses: {},
      },
    },
    '/weird': {
      post: {
        operationId: 'weird',
        requestBody: {
          content: {
            'application/json': {
              schema: { type: 'object', required: ['$merge'], properties: { $merge: { type: 'string' } } },
            },
          },
        },
      },
    },
    '/upload': {
      post: { operationId: 'upload', requestBody: { content: { 'multipart/form-data': { schema: {} } } } },
    },
  },
  components: {
    securitySchemes: { key: { type: 'apiKey', in: 'header', name: 'X-Shop-Key' } },
    schemas: {
      Base: { type: 'object', required: ['type'], properties: { type: { const: 'person' } } },
      NewContact: {
        allOf: [{ $ref: '#/components/schemas/Base' }],
        type: 'object',
        required: ['accountId', 'emailAddress', 'address', 'tags', 'id'],
        properties: {
          id: { type: 'string', readOnly: true },
          accountId: { type: 'integer' },
          emailAddress: { type: 'string', format: 'email' },
          address: {
            type: 'object',
            required: ['zipCode'],
            properties: { zipCode: { type: 'string' }, city: { type: 'string' } },
          },
          tags: { type: 'array', items: { type: 'string' } },
          nickName: { type: 'string' },
          parent: { $ref: '#/components/schemas/NewContact' },
        },
      },
    },
  },
}
const from = { text: JSON.stringify(description), file: 'openapi.json' }

describe('adapter new', () => {
  it('makes of every auth and kind what validates and passes its own tests, in a new repository', async () => {
    await using place = await repository()
    for (const kind of ['http', 'graphql'] as const) {
      for (const auth of scaffoldAuthKinds) {
        for (const webhooks of [true, false]) {
          const name = `${kind}-${auth.replace('_', '')}-${webhooks ? 'hooked' : 'plain'}`
          const { tests } = await newAdapter(place.ask({ name, kind, auth, webhooks }))
          expect(tests, name).to.be.greaterThan(5)
        }
      }
    }
    const { findings } = await validateDirectory(place.path, documentKinds)
    expect(findings.filter(({ file }) => /(http|graphql)-/.test(file))).to.deep.equal([])
    const report = await testConfig(place.path)
    expect([report.failed, report.passed > 140]).to.deep.equal([0, true])
  })

  it('tests that notice a mistake: a misspelt field, and a create that calls itself an upsert', async () => {
    await using place = await repository()
    const { file } = await newAdapter(place.ask())
    const written = await readFile(join(place.path, file), 'utf8')
    const failed = async (text: string): Promise<number> => {
      await writeFile(join(place.path, file), text)
      return (await testConfig(place.path, { filter: 'shop' })).failed
    }
    expect(await failed(written)).to.equal(0)
    expect(await failed(written.replace('firstName:', 'fristName:'))).to.equal(1)
    expect(await failed(written.replace('effect: create', 'effect: upsert'))).to.equal(1)
    expect(await failed(written.replace('path: /contacts', 'path: /contact'))).to.equal(1)
  })

  it('says how the integration proves itself and which secrets that takes', async () => {
    await using place = await repository()
    const { secrets, health, content } = await newAdapter(
      place.ask({ auth: 'oauth2', webhooks: true, dryRun: true }),
    )
    expect(secrets).to.deep.equal(['shop-client-id', 'shop-client-secret', 'shop-hook'])
    expect(health).to.equal('account.check')
    expect(content).to.contain('tokenUrl: https://shop.example.com/oauth/token')
    expect((await validateDirectory(place.path, documentKinds)).files.join()).to.not.contain('shop.yaml')
  })

  it('writes over nothing, and takes no name twice', async () => {
    await using place = await repository()
    await newAdapter(place.ask())
    expect(await codeOf(newAdapter(place.ask()))).to.equal('NX-ADAPTER-EXISTS')
    // In integrations.yaml of a new repository.
    expect(await codeOf(newAdapter(place.ask({ name: 'crm' })))).to.equal('NX-ADAPTER-EXISTS')
    expect(await codeOf(newAdapter(place.ask({ name: 'rules' })))).to.equal('NX-ADAPTER-EXISTS')
  })

  it('refuses bad words with a code', async () => {
    await using place = await repository()
    const code = async (more: Partial<NewAdapterAsk>): Promise<string> => codeOf(newAdapter(place.ask(more)))
    expect(await code({ name: 'Shop' })).to.equal('NX-ADAPTER-NAME')
    expect(await code({ name: '../shop' })).to.equal('NX-ADAPTER-NAME')
    expect(await code({ name: 'a'.repeat(41) })).to.equal('NX-ADAPTER-NAME')
    expect(await code({ tenant: '../etc' })).to.equal('NX-INIT-TENANT')
    expect(await code({ baseUrl: null })).to.equal('NX-ADAPTER-BASE-URL')
    for (const baseUrl of [
      'shop',
      'ftp://x',
      'https://u:p@x.example.com',
      'https://x.example.com/?a=1',
      'https://x.example.com/\nkind: Fleet',
      'https://x.example.com/a b',
    ])
      expect(await code({ baseUrl }), baseUrl).to.equal('NX-ADAPTER-BASE-URL')
    expect(await code({ directory: join(place.path, 'tenants') })).to.equal('NX-ADAPTER-DIRECTORY')
    expect(await code({ operations: ['x'] })).to.equal('NX-USAGE')
    expect(await code({ from, kind: 'graphql' })).to.equal('NX-USAGE')
  })
})

describe('adapter new --from', () => {
  it('takes paths, parameters and required fields of named operations, and passes', async () => {
    await using place = await repository()
    const operations = ['getMe', 'contact.create=createContact', 'POST /notes']
    const report = await newAdapter(place.ask({ from, baseUrl: null, operations }))
    expect(report.operations).to.deep.equal(['get-me', 'contact.create', 'add-note'])
    expect(report.health).to.equal('get-me')
    expect(report.secrets).to.deep.equal(['shop-key'])
    const { content } = report
    for (const line of [
      'baseUrl: https://api.example.com/v2',
      'name: X-Shop-Key',
      'path: /accounts/{{ input.account_id }}/contacts',
      "dryRun: '{{ input.dry_run }}'",
      'Version: 2026-01-01',
      'header: Idempotency-Key',
      'type: person',
      "accountId: '{{ input.body_account_id }}'",
      "emailAddress: '{{ input.email_address }}'",
      "zipCode: '{{ input.address.zip_code }}'",
      '- input.address.zip_code',
      '# It also takes nickName, parent.',
      'encode: form',
    ])
      expect(content, line).to.contain(line)
    // A stranger's words stay in their comment.
    expect(content).to.contain('# Makes a contact --- kind: Fleet')
    // Neither what nobody has to give, nor what only comes back.
    expect(content).to.not.match(/\{\{ input\.(id|page|nick_name) /)
    expect((await testConfig(place.path)).failed).to.equal(0)
  })

  it('reads YAML, and says the line of what is no YAML', async () => {
    await using place = await repository()
    const text = 'openapi: 3.0.0\npaths:\n  /me: { get: { operationId: getMe } }\n'
    const ask = (given: string): NewAdapterAsk =>
      place.ask({ from: { text: given, file: 'o.yaml' }, operations: ['getMe'], dryRun: true })
    expect((await newAdapter(ask(text))).operations).to.deep.equal(['get-me'])
    const error = await newAdapter(ask(`${text}  - [\n`)).catch((thrown: unknown) => thrown)
    expect(error).to.deep.include({ code: 'NX-OPENAPI-READ', where: { file: 'o.yaml', line: 4 } })
    expect(await codeOf(newAdapter(ask('swagger: "2.0"')))).to.equal('NX-OPENAPI-VERSION')
    expect(await codeOf(newAdapter(ask('[1]')))).to.equal('NX-OPENAPI-VERSION')
  })

  it('names what was probably meant, and refuses what no template can say', async () => {
    await using place = await repository()
    const thrown = async (...operations: string[]): Promise<{ code: string; fix: string }> =>
      (await newAdapter(place.ask({ from, operations })).catch((error: unknown) => error)) as never
    expect(await thrown('createContacts')).to.include({
      code: 'NX-OPENAPI-OPERATION',
      fix: "Did you mean 'createContact'?",
    })
    expect(await thrown()).to.include({ code: 'NX-OPENAPI-OPERATION' })
    expect(await thrown('weird')).to.include({ code: 'NX-OPENAPI-UNSUPPORTED' })
    expect(await thrown('upload')).to.include({ code: 'NX-OPENAPI-UNSUPPORTED' })
    expect(await thrown('getMe', 'getMe')).to.include({ code: 'NX-ADAPTER-OPERATION' })
    expect((await validateDirectory(place.path, documentKinds)).files.join()).to.not.contain('shop.yaml')
  })

  it('follows no reference in a circle or outside', async () => {
    await using place = await repository()
    const circle = { $ref: '#/components/schemas/A' }
    const body = (schema: object) => ({ requestBody: { content: { 'application/json': { schema } } } })
    const text = JSON.stringify({
      openapi: '3.0.0',
      paths: {
        '/a': { post: { operationId: 'a', ...body(circle) } },
        '/b': { post: { operationId: 'b', ...body({ $ref: 'https://evil.example/x.json' }) } },
        '/c': { post: { operationId: 'c', ...body({ $ref: '#/components/schemas/B' }) } },
        '/__proto__': {
          post: { operationId: 'd', ...body({ properties: { constructor: {} }, required: ['constructor'] }) },
        },
      },
      components: {
        schemas: {
          A: circle,
          B: { type: 'object', required: ['b'], properties: { b: { $ref: '#/components/schemas/B' } } },
        },
      },
    })
    const operations = ['a', 'b', 'c', 'd']
    const report = await newAdapter(place.ask({ from: { text, file: 'o.json' }, operations }))
    expect(report.operations).to.deep.equal(operations)
  })

  const file = sharedData('specs/ghl/apps/contacts.json')
  if (file === null) it.skip('skipped: ../shared/data/specs/ghl is not here')
  else
    it("makes operations of a vendor's own description", async () => {
      await using place = await repository()
      const text = await readFile(file, 'utf8')
      const operations = [
        'POST /contacts/upsert',
        'GET /contacts/{contactId}',
        'POST /contacts/{contactId}/tags',
      ]
      const report = await newAdapter(place.ask({ from: { text, file }, operations }))
      expect(report.operations).to.have.length(3)
      expect((await testConfig(place.path)).failed).to.equal(0)
    })
})
