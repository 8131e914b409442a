import { isUtf8 } from 'node:buffer'
import { isJsonObject } from '../../../../kernel/json.ts'
import type { JsonObject, JsonValue } from '../../../../kernel/json.ts'
import type { WebhookDefinition } from '../webhook-definition.ts'

export type ParsedPayload =
  | { readonly state: 'parsed'; readonly payload: JsonValue }
  | { readonly state: 'malformed'; readonly why: string }

/** The most fields of a form. */
const fieldsMax = 1_000

/** Reads a body as its definition says. Always as UTF-8: a body in another charset is refused rather than guessed at. */
export function parsePayload(
  body: Buffer,
  contentType: string | undefined,
  { format, formJson }: Pick<WebhookDefinition, 'format' | 'formJson'>,
): ParsedPayload {
  const charset = charsetOf(contentType)
  if (charset !== null && !['utf-8', 'utf8', 'us-ascii'].includes(charset))
    return malformed('The body is sent in another charset than UTF-8.')
  if (!isUtf8(body)) return malformed('The body is not text in UTF-8.')
  const text = body.toString('utf8')
  const isForm =
    format === 'form' ||
    (format === 'either' && /^\s*application\/x-www-form-urlencoded\s*(;|$)/i.test(contentType ?? ''))
  if (!isForm) return parseJson(text, 'The body is not JSON in UTF-8.')
  const form = parseForm(text)
  if (form === null) return malformed('The body is not a form in UTF-8.')
  const inner = formJson !== undefined && Object.hasOwn(form, formJson) ? form[formJson] : undefined
  return typeof inner === 'string'
    ? parseJson(inner, `The field '${formJson}' is not JSON.`)
    : { state: 'parsed', payload: form }
}

function parseJson(text: string, why: string): ParsedPayload {
  try {
    return { state: 'parsed', payload: JSON.parse(text) as JsonValue }
  } catch {
    return malformed(why)
  }
}

/** Fields by name; one that comes several times is a list. null when it is no form: wrong percent signs, too many fields. */
export function parseForm(text: string): JsonObject | null {
  const fields = new Map<string, string | string[]>()
  const pairs = text.split('&').filter((pair) => pair !== '')
  if (pairs.length > fieldsMax) return null
  for (const pair of pairs) {
    const at = pair.indexOf('=')
    const name = decode(at < 0 ? pair : pair.slice(0, at))
    const value = decode(at < 0 ? '' : pair.slice(at + 1))
    if (name === null || value === null) return null
    const held = fields.get(name)
    fields.set(name, held === undefined ? value : [...(Array.isArray(held) ? held : [held]), value])
  }
  // Defines members, so that one called `__proto__` is data like any other.
  return Object.fromEntries(fields) as JsonObject
}

function decode(text: string): string | null {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    return null
  }
}

function charsetOf(contentType: string | undefined): string | null {
  const found = /;\s*charset\s*=\s*"?([^";,\s]+)/i.exec(contentType ?? '')
  return found?.[1]?.toLowerCase() ?? null
}

function malformed(why: string): ParsedPayload {
  return { state: 'malformed', why }
}

/** Does the payload hold what a handshake waits for? */
export function holds(payload: JsonValue, when: Readonly<Record<string, JsonValue>>): boolean {
  return (
    isJsonObject(payload) &&
    Object.entries(when).every(([name, value]) => Object.hasOwn(payload, name) && payload[name] === value)
  )
}
