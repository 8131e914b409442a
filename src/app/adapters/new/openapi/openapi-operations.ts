import { NxError } from '../../../../kernel/errors.ts'
import { isJsonObject } from '../../../../kernel/json.ts'
import type { JsonObject, JsonValue } from '../../../../kernel/json.ts'
import type { ScaffoldAuth, ScaffoldCall, ScaffoldOperation } from '../scaffold.ts'
import { answerCalls } from '../scaffold.ts'
import { commentable } from '../scaffold-text.ts'
import { bodyFields, unsupported } from './body-template.ts'
import type { Fields } from './body-template.ts'
import { InputNames, operationNameOf } from './input-names.ts'
import type { FoundOperation, OpenapiFile } from './openapi-file.ts'
import { onlyValue, plainSchema, sampleOf, typeOf } from './sample-of.ts'

const effects = { get: 'read', post: 'create', put: 'update', patch: 'update', delete: 'delete' } as const
const effectComments: Partial<Record<FoundOperation['method'], string>> = {
  post: 'A POST is taken for a create, which is not repeated when nobody answered. Say upsert only where a second call finds what the first one made.',
  put: 'A PUT is taken to set rather than to add: it is repeated when nobody answered.',
  patch: 'A PATCH is taken to set rather than to add: it is repeated when nobody answered.',
}
const ownHeaders = new Set([
  'authorization',
  'proxy-authorization',
  'cookie',
  'x-api-key',
  'api-key',
  'content-type',
  'accept',
  'user-agent',
])
const jsonType = 'application/json'
const formType = 'application/x-www-form-urlencoded'

/** An operation that was asked for: `upsertContact`, `GET /contacts`, or with a name of one's own `contact.upsert=upsertContact`. */
export function openapiOperation(
  file: OpenapiFile,
  asked: string,
  { auth }: ScaffoldAuth,
): ScaffoldOperation {
  const [, given, wanted] = /^([a-z][a-z0-9._-]*)=(.+)$/s.exec(asked) ?? [undefined, undefined, asked]
  const found = file.find(wanted ?? asked)
  const name =
    given ?? operationNameOf(found.id === '' ? `${found.method}${found.path.replaceAll('/', '-')}` : found.id)
  if (!/^[a-z][a-z0-9_-]*(\.[a-z0-9][a-z0-9_-]*){0,3}$/.test(name) || name.length > 63) {
    throw new NxError('usage', 'NX-ADAPTER-OPERATION', `'${name}' cannot be the name of an operation`, {
      fix: `Name it yourself: --operation 'contact.upsert=${commentable(wanted)}'`,
    })
  }
  const parts = partsOf(file, found)
  const effect = effects[found.method]
  const { input, requires } = parts
  const definition: JsonObject = {
    method: found.method.toUpperCase(),
    path: parts.path,
    effect,
    ...(parts.idempotency === null ? {} : { idempotency: { header: parts.idempotency } }),
    ...(requires.length === 0 ? {} : { requires: [...requires] }),
    ...withMembers('query', parts.query),
    ...withMembers('headers', parts.headers),
    ...(parts.encode === 'form' ? { encode: 'form' } : {}),
    ...withMembers('body', parts.body.template),
    ...(parts.answersId ? { output: { id: '{{ answer.id }}' } } : {}),
  }
  const optional = parts.body.optional.map(commentable).slice(0, 30)
  const comments = {
    ...(commentable(found.operation['summary']) === ''
      ? {}
      : { '': commentable(found.operation['summary']) }),
    ...(effectComments[found.method] === undefined ? {} : { effect: effectComments[found.method] ?? '' }),
    ...(optional.length === 0 || definition['body'] === undefined
      ? {}
      : { body: `It also takes ${optional.join(', ')}.` }),
  }
  const isRepeatable = effect !== 'create' || parts.idempotency !== null
  return {
    name,
    definition,
    comments,
    calls: [
      describedCall(file, found, name, parts, auth),
      ...(requires.length === 0
        ? []
        : [
            {
              name: `${name} without what it requires is refused before anything is asked`,
              operation: name,
              with: {},
              expect: { outcome: 'permanent', code: 'NX-CONNECTOR-INPUT' },
            },
          ]),
      ...answerCalls({ name, with: input }, isRepeatable, auth),
    ],
  }
}

interface Parts {
  readonly path: string
  readonly expectedPath: string
  readonly query: JsonObject
  readonly expectedQuery: JsonObject
  readonly headers: JsonObject
  readonly idempotency: string | null
  readonly body: Fields
  readonly encode: 'json' | 'form'
  readonly input: JsonObject
  readonly requires: readonly string[]
  readonly answersId: boolean
}

const noFields: Fields = { template: {}, input: {}, expected: {}, requires: [], optional: [] }

function partsOf(file: OpenapiFile, found: FoundOperation): Parts {
  const names = new InputNames()
  const input: Record<string, JsonValue> = {}
  const requires: string[] = []
  const take = (name: string, place: string, sample: JsonValue): string => {
    const taken = names.take(name, place)
    input[taken] = sample
    requires.push(`input.${taken}`)
    return `{{ input.${taken} }}`
  }
  const { path, expectedPath } = pathOf(found, take)
  const query: Record<string, JsonValue> = {}
  const expectedQuery: Record<string, JsonValue> = {}
  const headers: Record<string, JsonValue> = {}
  let idempotency: string | null = null
  for (const parameter of found.parameters) {
    const { in: place, name, required, schema } = parameter
    if (typeof name !== 'string') continue
    if (name === '__proto__') throw unsupported(`The parameter ${name}`)
    if (place === 'header' && /^(x-)?idempotency-key$/i.test(name) && found.method !== 'get')
      idempotency = name
    else if (required !== true) continue
    else if (place === 'query') {
      const plain = plainSchema(file, schema)
      if (typeOf(plain) === 'object') throw unsupported(`The parameter ${name}, an object in the query,`)
      const sample = sampleOf(file, schema)
      query[name] = onlyValue(plain) ?? take(name, 'query', sample)
      expectedQuery[name] = Array.isArray(sample) ? String(sample[0]) : String(sample)
    } else if (place === 'header' && !ownHeaders.has(name.toLowerCase())) {
      const plain = plainSchema(file, schema)
      const only = onlyValue(plain) ?? onlyValue({ const: plain['default'] ?? null })
      headers[name] = only === undefined ? take(name, 'header', sampleOf(file, schema)) : String(only)
    }
  }
  const { fields, encode } = bodyOf(file, found, names)
  return {
    path,
    expectedPath,
    query,
    expectedQuery,
    headers,
    idempotency,
    body: fields,
    encode,
    input: { ...input, ...fields.input },
    requires: [...requires, ...fields.requires],
    answersId: answersId(file, found),
  }
}

function pathOf(
  { path }: FoundOperation,
  take: (name: string, place: string, sample: JsonValue) => string,
): Pick<Parts, 'path' | 'expectedPath'> {
  const sample = 'a1'
  const made = path.replaceAll(/\{([^{}/]+)\}/g, (_whole, name: string) => take(name, 'path', sample))
  const filled = path.replaceAll(/\{([^{}/]+)\}/g, sample)
  // As it is asked for: percent-encoded. Two dots would lead out from below the base URL.
  const expectedPath = URL.parse(`https://api.example.com${filled}`)?.pathname ?? ''
  const isPlain = /^\/[^?#\s{}\\\p{Cc}]*$/u.test(filled) && !/(^|\/)(\.|%2e){1,2}(\/|$)/i.test(filled)
  if (!isPlain || made.length > 2_000) throw unsupported(`The path ${commentable(path)}`)
  return { path: made, expectedPath }
}

function bodyOf(
  file: OpenapiFile,
  { operation, method }: FoundOperation,
  names: InputNames,
): { readonly fields: Fields; readonly encode: Parts['encode'] } {
  const request = method === 'get' || method === 'delete' ? null : file.resolved(operation['requestBody'])
  const content = request === null ? null : file.resolved(request['content'])
  if (content === null) return { fields: noFields, encode: 'json' }
  const types = Object.keys(content)
  const json = types.find((type) => type === jsonType || /^application\/[\w.+-]*\+?json\b/.test(type))
  const type = json ?? types.find((one) => one === formType)
  const media = type === undefined ? null : file.resolved(content[type])
  if (media === null) throw unsupported(`A body of ${types.map(commentable).join(', ')}`)
  const schema = plainSchema(file, media['schema'])
  if (typeOf(schema) === 'array') throw unsupported('A body that is a list')
  const fields = bodyFields(file, schema, names)
  if (json !== undefined) return { fields, encode: 'json' }
  const nested = Object.entries(fields.expected).find(([, value]) => isNested(value))
  if (nested !== undefined) throw unsupported(`The field ${commentable(nested[0])} of a form`)
  return { fields, encode: 'form' }
}

/** A form holds texts, and lists of them. */
function isNested(value: JsonValue | undefined): boolean {
  return [value].flat().some((one) => typeof one === 'object')
}

/** Does the answer of success hold an id? */
function answersId(file: OpenapiFile, found: FoundOperation): boolean {
  const schema = plainSchema(file, answerMedia(file, found)?.['schema'])
  const id = isJsonObject(schema['properties']) ? plainSchema(file, schema['properties']['id']) : null
  return id !== null && ['string', 'integer', 'number'].includes(typeOf(id))
}

function answerMedia(file: OpenapiFile, { operation }: FoundOperation): JsonObject | null {
  const responses = file.resolved(operation['responses'])
  const answer = responses === null ? null : file.resolved(responses[successOf(responses)])
  const content = answer === null ? null : file.resolved(answer['content'])
  return content === null ? null : file.resolved(content[jsonType])
}

function successOf(responses: JsonObject): string {
  return Object.keys(responses).find((status) => /^2\d\d$/.test(status)) ?? '200'
}

function describedCall(
  file: OpenapiFile,
  found: FoundOperation,
  name: string,
  parts: Parts,
  auth: JsonObject,
): ScaffoldCall {
  const { expectedPath, expectedQuery, body, encode, answersId: hasId, input } = parts
  const texts = Object.entries(body.expected).map(([key, value]) => [key, String([value].flat()[0])])
  const expected = encode === 'form' ? (Object.fromEntries(texts) as JsonObject) : body.expected
  const status = Number(successOf(file.resolved(found.operation['responses']) ?? {}))
  return {
    name: `${name} asks for what the description says`,
    operation: name,
    with: input,
    answer: hasId ? { status, body: { id: 'a1' } } : { status },
    expect: {
      request: {
        method: found.method.toUpperCase(),
        path: expectedPath,
        query: { exact: { ...expectedQuery, ...proofInQuery(auth) } },
        ...(Object.keys(body.template).length === 0 ? {} : { body: { exact: expected } }),
      },
      outcome: 'succeeded',
      ...(hasId ? { result: { id: 'a1' } } : {}),
    },
  }
}

/** A key that goes into the query is asked too, masked. */
function proofInQuery({ kind, in: place, name }: JsonObject): JsonObject {
  return kind === 'api_key' && place === 'query' && typeof name === 'string' ? { [name]: '[secret]' } : {}
}

function withMembers(name: string, members: JsonObject): JsonObject {
  return Object.keys(members).length === 0 ? {} : { [name]: members }
}
