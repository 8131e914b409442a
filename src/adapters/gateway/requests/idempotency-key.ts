import { digestOf } from '../../../kernel/digest.ts'
import { NxError } from '../../../kernel/errors.ts'
import type { IncomingEvent, RequestKey } from '../../../messaging/intake/event-intake.ts'

const charsMax = 255
const quoted = /^"((?:[\x20-\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)"$/
const token = /^[!#-+\--:<-~]+$/

/**
 * Reads the header Idempotency-Key: a quoted string, as draft-ietf-httpapi-idempotency-key-header has it, or a bare token, as
 * many clients send it; `"a"` and `a` are one key. null when there is none. Throws NX-HTTP-IDEMPOTENCY-KEY (invalid).
 */
export function readIdempotencyKey(header: string | string[] | undefined): string | null {
  if (header === undefined) return null
  const text = (Array.isArray(header) ? header.join(', ') : header).trim()
  const inside = quoted.exec(text)?.[1]
  const value = inside === undefined ? text : inside.replaceAll(/\\(["\\])/g, '$1')
  const readable = inside !== undefined || token.test(text)
  if (readable && value.length >= 1 && value.length <= charsMax) return value
  throw new NxError('invalid', 'NX-HTTP-IDEMPOTENCY-KEY', 'The header Idempotency-Key cannot be read', {
    detail: `It must be one key of 1 to ${charsMax} characters: a quoted string of printable ASCII, or a token without spaces, commas and semicolons.`,
    where: { path: 'Idempotency-Key' },
    fix: 'Send a fresh UUID for every request, and the same one when you repeat it: Idempotency-Key: "0198c7a4-…".',
  })
}

/**
 * The key of a request of POST /v1/events. Its digest covers what the events are known by and their digests, in order: white
 * space, the order of members and the moment of sending make no difference.
 */
export function requestKey(
  value: string,
  workspace: string,
  events: readonly IncomingEvent[],
  horizonMs: number,
): RequestKey {
  return {
    scope: `POST /v1/events ${workspace}`,
    value,
    digest: digestOf(events.map(({ event, digest }) => [event.source, event.externalId, digest])),
    horizonMs,
  }
}
