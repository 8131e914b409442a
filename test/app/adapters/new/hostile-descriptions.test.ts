import { expect } from 'chai'
import { newAdapter } from '../../../../src/app/adapters/new/new-adapter.ts'
import type { NewAdapterReport } from '../../../../src/app/adapters/new/new-adapter.ts'
import { codeOf } from '../../../support/code-of.ts'
import { repository } from './new-repository.ts'

const json = (schema: object) => ({ requestBody: { content: { 'application/json': { schema } } } })
const self = { $ref: '#/components/schemas/Self' }
const many = Object.fromEntries(Array.from({ length: 26 }, (_, index) => [`f${index}`, self]))
const parameter = (name: string, place = 'query') => ({
  name,
  in: place,
  required: true,
  schema: { type: 'string' },
})

const description = {
  openapi: '3.1.0',
  servers: [{ url: 'https://api.example.com' }],
  paths: {
    '/fields': { post: { operationId: 'fields', ...json(self) } },
    '/parts': { post: { operationId: 'parts', ...json({ $ref: '#/components/schemas/Parts' }) } },
    '/proto': {
      get: {
        operationId: 'proto',
        parameters: [JSON.parse('{"name":"__proto__","in":"query","required":true}')],
      },
    },
    '/protoBody': { post: { operationId: 'protoBody', ...json({ required: ['__proto__'] }) } },
    '/../up': { get: { operationId: 'up' } },
    '/a/%2E%2e/up': { get: { operationId: 'upEncoded' } },
    '/back\\slash': { get: { operationId: 'back' } },
    '/größe/{id}': { get: { operationId: 'umlaut', parameters: [parameter('id', 'path')] } },
    '/choice': {
      post: {
        operationId: 'choice',
        ...json({
          oneOf: [
            { type: 'null' },
            { type: 'object', required: ['a'], properties: { a: { type: ['null', 'integer'] } } },
          ],
        }),
        responses: {
          201: {
            content: { 'application/json': { schema: { properties: { id: { type: ['string', 'null'] } } } } },
          },
        },
      },
    },
    '/bare': { post: { operationId: 'bare', ...json({ type: 'object', required: ['email'] }) } },
  },
  components: {
    schemas: {
      Self: { type: 'object', required: Object.keys(many), properties: many },
      Parts: { allOf: Array.from({ length: 40 }, () => ({ $ref: '#/components/schemas/Parts' })) },
    },
  },
}

async function made(operation: string, more: object = {}): Promise<NewAdapterReport> {
  await using place = await repository()
  const from = { text: JSON.stringify({ ...description, ...more }), file: 'o.json' }
  return await newAdapter(place.ask({ from, baseUrl: null, operations: [operation] }))
}

describe('adapter new --from a strange description', () => {
  it('ends where schemas name themselves many times over', async () => {
    for (const operation of ['fields', 'parts'])
      expect(await codeOf(made(operation)), operation).to.equal('NX-OPENAPI-UNSUPPORTED')
  })

  it('refuses names and paths that would be something else than what is asked for', async () => {
    for (const operation of ['proto', 'proto.body=protoBody', 'up', 'up.encoded=upEncoded', 'back'])
      expect(await codeOf(made(operation)), operation).to.equal('NX-OPENAPI-UNSUPPORTED')
  })

  it('asks for paths as they are sent, percent-encoded', async () => {
    expect((await made('umlaut')).content).to.contain('path: /gr%C3%B6%C3%9Fe/a1')
  })

  it('takes the first choice that is something, and fields that are required and nowhere described', async () => {
    const { content } = await made('choice')
    expect(content).to.contain("a: '{{ input.a }}'")
    expect(content).to.contain("id: '{{ answer.id }}'")
    expect((await made('bare')).content).to.contain("email: '{{ input.email }}'")
  })

  it('keeps a key in the query under its own name', async () => {
    const securitySchemes = { key: { type: 'apiKey', in: 'query', name: 'api_key' } }
    const { content } = await made('umlaut', { components: { securitySchemes } })
    expect(content).to.contain('in: query')
    expect(content).to.contain('name: api_key')
    expect(content).to.contain("api_key: '[secret]'")
  })
})
