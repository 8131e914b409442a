import { isJsonObject } from '../../../../kernel/json.ts'
import type { JsonValue } from '../../../../kernel/json.ts'
import type { SignaturePlace, SignatureScheme } from '../signature-scheme.ts'
import type { SignedRequest } from './signed-request.ts'

/**
 * What stands at a place: several texts for a list in the body, none when the place is empty. A header that is there and empty
 * counts as there: leaving it empty must not lead to a weaker scheme.
 */
export function readPlace(place: SignaturePlace, request: SignedRequest): readonly string[] {
  if ('address' in place) return request.secretPath === undefined ? [] : [request.secretPath]
  if ('header' in place) {
    const value = request.headers[place.header]
    if (value === undefined) return []
    return [Array.isArray(value) ? value.join(', ') : value]
  }
  return readBody(request.body, place.body)
}

/** Texts at a path of a JSON body; `*` is every item of a list. Empty when anything on the way is missing or is no text. */
function readBody(body: Buffer, path: string): readonly string[] {
  let found: readonly (JsonValue | undefined)[] = parsedBody(body)
  for (const key of path.split('.')) found = found.flatMap((value) => member(value, key))
  return found.every((value) => typeof value === 'string' || typeof value === 'number')
    ? found.map((value) => String(value))
    : []
}

/** By the bytes: a scheme reads several places, and of strangers too. None: the body is no JSON. */
const parsedBodies = new WeakMap<Buffer, readonly JsonValue[]>()

function parsedBody(body: Buffer): readonly JsonValue[] {
  let parsed = parsedBodies.get(body)
  if (parsed === undefined) {
    parsed = parse(body)
    parsedBodies.set(body, parsed)
  }
  return parsed
}

function parse(body: Buffer): readonly JsonValue[] {
  try {
    return [JSON.parse(body.toString('utf8')) as JsonValue]
  } catch {
    return []
  }
}

/** What is missing is kept as undefined: an item without a signature must not be passed over. */
function member(value: JsonValue | undefined, key: string): readonly (JsonValue | undefined)[] {
  if (key === '*') return Array.isArray(value) ? (value as readonly JsonValue[]) : [undefined]
  return [isJsonObject(value) && Object.hasOwn(value, key) ? value[key] : undefined]
}

/** The headers that a scheme reads, lower-case. */
export function headersOf({ signature, signed, timestamp }: SignatureScheme): readonly string[] {
  const places = [signature, ...signed, ...(timestamp === undefined ? [] : [timestamp.from])]
  return places.flatMap((place) => (typeof place === 'object' && 'header' in place ? [place.header] : []))
}

/** Did one of these headers come more than once? Then it is not known which of them is meant. */
export function cameTwice(names: readonly string[], { headers, rawHeaders }: SignedRequest): boolean {
  if (names.some((name) => Array.isArray(headers[name]))) return true
  if (rawHeaders === undefined) return false
  return names.some((name) => {
    let times = 0
    for (let at = 0; at < rawHeaders.length; at += 2) if (rawHeaders[at]?.toLowerCase() === name) times += 1
    return times > 1
  })
}
