import { isJsonObject, readPath } from '../../../kernel/json.ts'
import type { JsonValue } from '../../../kernel/json.ts'
import { sameText } from '../auth/same-text.ts'
import { holds } from './payload/parse-payload.ts'
import type { SignedRequest } from './signatures/signed-request.ts'
import { queryValue } from './signatures/signed-url.ts'
import { keysNamed } from './verify-signature.ts'
import type { WebhookKeys } from './verify-signature.ts'
import type { Handshake } from './webhook-definition.ts'

/** What a handshake comes to. */
export type Greeting =
  | { readonly state: 'answered'; readonly text: string }
  | { readonly state: 'refused'; readonly why: 'no_key' | 'mismatch' }

const textCharsMax = 1_000

/**
 * Answers a question asked by the query. null: it asks none. Where the vendor gives a token with it, only the right one gets an
 * answer.
 */
export function greetQuery(
  handshakes: readonly Handshake[],
  request: Pick<SignedRequest, 'method' | 'url'>,
  keys: WebhookKeys,
): Greeting | null {
  for (const handshake of handshakes) {
    if (handshake.kind !== 'echo_query' || handshake.method !== request.method) continue
    const asked = queryValue(request.url, handshake.param)
    const others = Object.entries(handshake.when ?? {})
    if (asked === null || others.some(([name, value]) => queryValue(request.url, name) !== value)) continue
    if (handshake.verify !== undefined) {
      const tokens = keysNamed(keys, handshake.verify.key)
      if (tokens.length === 0) return { state: 'refused', why: 'no_key' }
      const given = queryValue(request.url, handshake.verify.param) ?? ''
      if (!tokens.some((token) => sameText(given, token))) return { state: 'refused', why: 'mismatch' }
    }
    return echo(asked)
  }
  return null
}

/** Answers a question asked by a body that was verified; null: it asks none. */
export function greetBody(handshakes: readonly Handshake[], payload: JsonValue): Greeting | null {
  for (const handshake of handshakes) {
    if (handshake.kind !== 'echo_body' || !holds(payload, handshake.when)) continue
    const asked = isJsonObject(payload) ? readPath(payload, handshake.path) : undefined
    if (typeof asked === 'string') return echo(asked)
  }
  return null
}

/** What a stranger may have sent is not sent back as it is: a browser must find nothing in it to run. */
function echo(text: string): Greeting {
  if (text === '' || text.length > textCharsMax || /\p{Cc}/u.test(text))
    return { state: 'refused', why: 'mismatch' }
  const escapes: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }
  return { state: 'answered', text: text.replaceAll(/[&<>"]/g, (sign) => escapes[sign] ?? '') }
}
