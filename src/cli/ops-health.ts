import { NxError, errorText } from '../kernel/errors.ts'
import type { JsonValue } from '../kernel/json.ts'

/** What a daemon says of itself on its ops listener. */
export interface OpsHealth {
  readonly url: string
  readonly ready: boolean
  readonly httpStatus: number
  /** The answer's body: JSON when it is, else its text. */
  readonly checks: JsonValue
}

const timeoutMs = 3_000
const bodyCharsMax = 64 * 1024

/**
 * Asks the daemon at this address how it is. Throws NX-DAEMON-UNREACHABLE when nobody answers within three seconds.
 * An address of all interfaces (0.0.0.0, ::) is asked on the loopback one.
 */
export async function askOpsHealth(listen: {
  readonly host: string
  readonly port: number
}): Promise<OpsHealth> {
  const host = listen.host === '0.0.0.0' || listen.host === '::' ? 'localhost' : listen.host
  const url = `http://${host.includes(':') ? `[${host}]` : host}:${listen.port}/readyz?verbose=1`
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(timeoutMs), redirect: 'error' })
    const body = (await answer.text()).slice(0, bodyCharsMax)
    return { url, ready: answer.ok, httpStatus: answer.status, checks: jsonOrText(body) }
  } catch (error) {
    const cause = error instanceof Error && error.cause !== undefined ? error.cause : error
    throw new NxError('unreachable', 'NX-DAEMON-UNREACHABLE', 'No daemon answers', {
      cause: error,
      detail: `${url}: ${errorText(cause)}`,
      retryable: true,
      fix: 'Start it with `neuronx daemon run`, or name its address in --ops-listen or NEURONX_OPS_LISTEN.',
    })
  }
}

function jsonOrText(body: string): JsonValue {
  try {
    return JSON.parse(body) as JsonValue
  } catch {
    return body
  }
}
