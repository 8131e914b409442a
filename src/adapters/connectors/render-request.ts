import { NxError } from '../../kernel/errors.ts'
import { isJsonObject, readPath } from '../../kernel/json.ts'
import type { JsonObject, JsonValue } from '../../kernel/json.ts'
import type { OutgoingRequest } from '../http/outgoing-request.ts'
import type { CompiledOperation } from './compile-connector.ts'
import type { AuthDefinition } from './define-connector.ts'
import type { TemplateScope } from './template.ts'

/** The largest request body, bytes. */
export const requestBytesMax = 1024 * 1024

/** What a request is made from. `credentials` are secrets by name; templates cannot read them. */
export interface RequestParts {
  readonly operation: CompiledOperation
  readonly baseUrl: string
  readonly auth: AuthDefinition
  readonly credentials: Readonly<Record<string, string>>
  readonly input: JsonObject
  readonly connection: JsonObject
  readonly entity: { readonly kind: string; readonly id: string }
  readonly idempotencyKey: string
}

/** Renders the request of a call. Throws NX-CONNECTOR-INPUT (invalid) when the input does not fit the operation. */
export function renderRequest(parts: RequestParts): OutgoingRequest {
  const { operation, input, connection, entity, idempotencyKey, auth, credentials } = parts
  const { definition } = operation
  const scope: TemplateScope = {
    input,
    connection,
    entity: { kind: entity.kind, id: entity.id },
    key: idempotencyKey,
  }
  requireInput(definition.requires ?? [], scope)
  refuseUnread(operation, input)

  const url = new URL(parts.baseUrl.replace(/\/+$/, '') + renderPath(operation, scope))
  const headers = textMembers(operation.headers.render(scope), 'headers')
  if (operation.query !== null) {
    for (const [name, value] of Object.entries(textMembers(operation.query.render(scope), 'query'))) {
      url.searchParams.set(name, value)
    }
  }
  const place = definition.idempotency
  if (place !== undefined && definition.effect !== 'read') {
    if ('header' in place) headers[place.header.toLowerCase()] = idempotencyKey
    else url.searchParams.set(place.query, idempotencyKey)
  }
  applyAuth(auth, credentials, headers, url)
  const body = renderBody(operation, scope, headers)
  headers['user-agent'] ??= 'neuronx'
  headers['accept'] ??= 'application/json'
  requireCleanHeaders(headers)
  return { method: definition.method, url, headers, body }
}

function requireInput(paths: readonly string[], scope: TemplateScope): void {
  const missing = paths.filter((path) => {
    const value = readPath(scope as JsonObject, path)
    return value === undefined || value === null || value === ''
  })
  if (missing.length === 0) return
  throw misfit(`${missing.join(', ')} ${missing.length === 1 ? 'is' : 'are'} missing.`)
}

/** What no template reads would be lost unsaid: most often a misspelt name. */
function refuseUnread({ inputs, name }: CompiledOperation, input: JsonObject): void {
  if (inputs === null) return
  const unread = Object.keys(input).filter((member) => !inputs.has(member) && input[member] !== undefined)
  if (unread.length === 0) return
  throw misfit(`${name} has no input ${unread.join(', ')}; it takes ${[...inputs].sort().join(', ')}.`)
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
      return encodeURIComponent(text)
    })
    .join('')
}

function renderBody(
  operation: CompiledOperation,
  scope: TemplateScope,
  headers: Record<string, string>,
): string | null {
  if (operation.body === null) return null
  const body = operation.body.render(scope) ?? {}
  const form = operation.definition.encode === 'form'
  headers['content-type'] ??= form ? 'application/x-www-form-urlencoded' : 'application/json'
  const text = form ? new URLSearchParams(textMembers(body, 'body')).toString() : JSON.stringify(body)
  if (Buffer.byteLength(text) > requestBytesMax)
    throw misfit(`The body is larger than ${requestBytesMax / 1024} KiB.`)
  return text
}

function applyAuth(
  auth: AuthDefinition,
  credentials: Readonly<Record<string, string>>,
  headers: Record<string, string>,
  url: URL,
): void {
  // A secret read from a file often ends in a line feed, which no header may hold.
  const secret = (name: string): string => (credentials[name] ?? '').trim()
  switch (auth.kind) {
    case 'none':
      return
    case 'bearer':
      headers['authorization'] = `Bearer ${secret(auth.token)}`
      return
    case 'basic': {
      const pair = `${secret(auth.username)}:${secret(auth.password)}`
      headers['authorization'] = `Basic ${Buffer.from(pair).toString('base64')}`
      return
    }
    case 'api_key':
      if (auth.in === 'header') headers[auth.name.toLowerCase()] = secret(auth.value)
      else url.searchParams.set(auth.name, secret(auth.value))
  }
}

function textMembers(value: JsonValue | undefined, where: string): Record<string, string> {
  if (value === undefined) return {}
  if (!isJsonObject(value)) throw misfit(`The ${where} did not render to an object.`)
  const members: Record<string, string> = {}
  for (const [name, member] of Object.entries(value)) {
    if (member === undefined || member === null) continue
    if (typeof member === 'object') throw misfit(`${name} in the ${where} is a list or an object.`)
    members[where === 'headers' ? name.toLowerCase() : name] = String(member)
  }
  return members
}

function requireCleanHeaders(headers: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(headers)) {
    // eslint-disable-next-line no-control-regex -- control characters are exactly what must not get into a header
    if (/[\u0000-\u0008\u000a-\u001f\u007f]|[^\u0000-\u00ff]/.test(value)) {
      throw misfit(`The header ${name} would hold characters that headers may not.`)
    }
  }
}

function misfit(detail: string): NxError {
  return new NxError('invalid', 'NX-CONNECTOR-INPUT', 'The input does not fit the operation', {
    detail,
    fix: 'Correct the `with:` of the rule or step that makes this call, then replay the dead letter.',
  })
}
