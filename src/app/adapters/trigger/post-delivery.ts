import { parseJson } from '../../../adapters/connectors/answers/parse-json.ts'
import { NxError, errorText } from '../../../kernel/errors.ts'
import { isJsonObject } from '../../../kernel/json.ts'
import type { JsonValue } from '../../../kernel/json.ts'

export interface PostResult {
  readonly status: number
  /** Ids of the events; empty where the vendor is answered in its own words. */
  readonly events: readonly string[]
  /** Ids of dead letters: it was verified and could not be mapped. */
  readonly deadLetters: readonly string[]
}

const timeoutMs = 10_000
const answerCharsMax = 64 * 1024

/** Posts to a daemon. Throws NX-DAEMON-UNREACHABLE, NX-TRIGGER-REFUSED by what the daemon says. */
export async function postDelivery(
  url: string,
  body: string,
  headers: Readonly<Record<string, string>>,
): Promise<PostResult> {
  let status: number
  let text: string
  try {
    const signal = AbortSignal.timeout(timeoutMs)
    const answer = await fetch(url, { method: 'POST', body, headers, redirect: 'error', signal })
    status = answer.status
    text = (await answer.text()).slice(0, answerCharsMax)
  } catch (error) {
    const cause = error instanceof Error && error.cause !== undefined ? error.cause : error
    throw new NxError('unreachable', 'NX-DAEMON-UNREACHABLE', 'No daemon answers', {
      cause: error,
      detail: `${url}: ${errorText(cause)}`,
      retryable: true,
      fix: 'Start it with `neuronx daemon run`, or name its address: --url http://HOST:PORT',
    })
  }
  const said = parseJson(text) ?? null
  if (status >= 200 && status < 300)
    return { status, events: idsOf(said, 'accepted'), deadLetters: idsOf(said, 'deadLetters') }
  throw refusal(url, status, said)
}

function refusal(url: string, status: number, said: JsonValue): NxError {
  const detail = isJsonObject(said)
    ? `${String(said['code'] ?? '')} ${String(said['title'] ?? '')}`.trim()
    : ''
  const where = `${url} answered ${status}${detail === '' ? '' : `: ${detail}`}`
  const code = 'NX-TRIGGER-REFUSED'
  switch (status) {
    case 401:
      return new NxError('unauthenticated', code, 'The daemon did not accept the signature', {
        detail: where,
        fix: "The integration has another key (a secret is stored with `neuronx secret set`), its clock differs, or the daemon's NEURONX_PUBLIC_URL is not this command's; its log names the reason.",
      })
    case 403:
      return new NxError('denied', code, 'The daemon does not take it', { detail: where })
    case 404:
      return new NxError('not_found', code, 'The daemon has no such address', {
        detail: where,
        fix: 'It learns of a new configuration within a second; does it run on this database?',
      })
    case 429:
    case 503:
      return new NxError('unavailable', code, 'The daemon cannot take it now', {
        detail: where,
        retryable: true,
      })
    default:
      return new NxError('conflict', code, 'The daemon refused it', { detail: where })
  }
}

function idsOf(said: JsonValue, member: string): readonly string[] {
  const list = isJsonObject(said) ? said[member] : undefined
  if (!Array.isArray(list)) return []
  return (list as readonly JsonValue[]).map((one) => String(isJsonObject(one) ? one['id'] : one))
}
