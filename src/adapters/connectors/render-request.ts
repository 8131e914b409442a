import { isJsonObject, readPath } from '../../kernel/json.ts'
import type { JsonObject, JsonValue } from '../../kernel/json.ts'
import { mergePatch } from '../../kernel/merge-patch.ts'
import type { OutgoingRequest } from '../http/outgoing-request.ts'
import { requireCleanHeaders } from './auth/clean-headers.ts'
import type { CompiledOperation } from './compile-connector.ts'
import type { TemplateScope } from './template.ts'
import { misfit } from './templates/misfit.ts'

/** The largest request body, bytes. */
export const requestBytesMax = 1024 * 1024

/** The longest address, and the most that headers hold together, characters: servers break off where there is more. */
const headCharsMax = 16_384

/** What a request is made from. No secret is among it: who sends it is proved afterwards (auth/). */
export interface RequestParts {
  readonly operation: CompiledOperation
  readonly baseUrl: string
  readonly input: JsonObject
  readonly connection: JsonObject
  readonly entity: { readonly kind: string; readonly id: string }
  readonly idempotencyKey: string
  /** What a read adds of its own: the page, since when. */
  readonly more?: { readonly query?: JsonObject; readonly body?: JsonObject }
}

/** Renders the request of a call. Throws NX-CONNECTOR-INPUT (invalid) when the input does not fit the operation. */
export function renderRequest(parts: RequestParts): OutgoingRequest {
  const { operation, input, connection, entity, idempotencyKey } = parts
  const { definition } = operation
  const scope: TemplateScope = {
    input,
    connection,
    entity: { kind: entity.kind, id: entity.id },
    key: idempotencyKey,
  }
  requireInput(definition.requires ?? [], scope)
  refuseUnread(operation, input)

  const path = renderPath(operation, scope)
  // Without a path the address counts as it is written, slash and all.
  const url = new URL(path === '' ? parts.baseUrl : parts.baseUrl.replace(/\/+$/, '') + path)
  const headers = headerMembers(operation.headers.render(scope))
  const query = [
    ...textMembers(operation.query?.render(scope), 'query'),
    ...textMembers(parts.more?.query, 'query'),
  ]
  for (const [name, texts] of query) {
    url.searchParams.delete(name)
    for (const text of texts) url.searchParams.append(name, text)
  }
  const place = definition.idempotency
  if (place !== undefined && definition.effect !== 'read') {
    if ('header' in place) headers[place.header.toLowerCase()] = idempotencyKey
    else url.searchParams.set(place.query, idempotencyKey)
  }
  const body = renderBody(operation, scope, headers, parts.more?.body)
  headers['user-agent'] ??= 'neuronx'
  headers['accept'] ??= 'application/json'
  requireCleanHeaders(headers)
  requireShortHead(url, headers)
  return { method: definition.method, url, headers, body }
}

function requireInput(paths: readonly string[], scope: TemplateScope): void {
  const isGiven = (path: string): boolean => {
    const value = readPath(scope as JsonObject, path.trim())
    return value !== undefined && value !== null && value !== ''
  }
  const missing = paths.filter((path) => !path.split('??').some(isGiven))
  if (missing.length === 0) return
  const names = missing.map((path) => path.replaceAll('??', 'or'))
  throw misfit(`${names.join(', ')} ${missing.length === 1 ? 'is' : 'are'} missing.`)
}

/** What no template reads would be lost unsaid: most often a misspelt name. */
function refuseUnread({ inputs, name }: CompiledOperation, input: JsonObject): void {
  if (inputs === null) return
  const unread = Object.keys(input).filter((member) => !inputs.has(member) && input[member] !== undefined)
  if (unread.length === 0) return
  throw misfit(`${name} has no input ${unread.join(', ')}; it takes ${[...inputs].sort().join(', ')}.`)
}

/** What is too long is refused here, where it is known that nothing was sent. */
function requireShortHead(url: URL, headers: Readonly<Record<string, string>>): void {
  const headerChars = Object.entries(headers).flat().join('').length
  const place =
    url.href.length > headCharsMax ? 'address is' : headerChars > headCharsMax ? 'headers are' : null
  if (place !== null) throw misfit(`The ${place} longer than ${headCharsMax / 1024} KiB.`)
}

function renderPath({ path }: CompiledOperation, scope: TemplateScope): string {
  return path
    .map((part) => {
      if (typeof part === 'string') return part
      const value = part.render(scope)
      const text = typeof value === 'string' || typeof value === 'number' ? String(value) : ''
      // Servers resolve '..' even when it was written by a caller: it would leave the operation's path.
      if (text === '' || text === '.' || text === '..')
        throw misfit('A part of the path is missing, or is not a plain name.')
      return encodeURIComponent(text.toWellFormed())
    })
    .join('')
}

function renderBody(
  operation: CompiledOperation,
  scope: TemplateScope,
  headers: Record<string, string>,
  more: JsonObject | undefined,
): string | null {
  const { encode, document } = operation.definition
  if (operation.body === null && encode !== 'graphql' && more === undefined) return null
  const own = operation.body?.render(scope)
  const body = more === undefined ? (own ?? {}) : mergePatch(own ?? {}, more)
  headers['content-type'] ??= encode === 'form' ? 'application/x-www-form-urlencoded' : 'application/json'
  const text =
    encode === 'form'
      ? formText(body)
      : JSON.stringify(encode === 'graphql' ? { query: document, variables: body } : body)
  if (Buffer.byteLength(text) > requestBytesMax)
    throw misfit(`The body is larger than ${requestBytesMax / 1024} KiB.`)
  return text
}

function formText(body: JsonValue): string {
  const pairs = textMembers(body, 'body').flatMap(([name, texts]) =>
    texts.map((text): [string, string] => [name, text]),
  )
  return new URLSearchParams(pairs).toString()
}

/** Header values: one text each. */
function headerMembers(value: JsonValue | undefined): Record<string, string> {
  const members: Record<string, string> = {}
  for (const [name, texts] of textMembers(value, 'headers')) {
    if (texts.length !== 1) throw misfit(`${name} in the headers is a list.`)
    members[name.toLowerCase()] = texts[0] ?? ''
  }
  return members
}

/** Members as text. A list is several: its name is repeated. */
function textMembers(
  value: JsonValue | undefined,
  where: string,
): readonly (readonly [string, readonly string[]])[] {
  if (value === undefined) return []
  if (!isJsonObject(value)) throw misfit(`The ${where} did not render to an object.`)
  return Object.entries(value).flatMap(([name, member]) => {
    if (member === undefined || member === null) return []
    const list = Array.isArray(member) ? (member as readonly JsonValue[]) : [member]
    const texts = list.map((one) => {
      if (typeof one === 'object') throw misfit(`${name} in the ${where} holds a list or an object.`)
      return String(one)
    })
    return texts.length === 0 ? [] : [[name, texts] as const]
  })
}
