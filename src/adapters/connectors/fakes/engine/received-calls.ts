import type { JsonValue } from '../../../../kernel/json.ts'

/** A call as the vendor saw it. */
export interface ReceivedCall {
  readonly method: string
  /** With the query. */
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  /** Parsed when it is JSON, else the text; null when there is none. */
  readonly body: JsonValue
  readonly idempotencyKey: string | null
  /** Did it change anything over there? False for refused calls and for repeats of a known key. */
  readonly tookEffect: boolean
  /** `message.send`; null: not one of the connector. */
  readonly operation: string | null
  /** `TENANT/INTEGRATION`; empty when nobody said. */
  readonly caller: string
  /** Of the answer; null: none was given. */
  readonly status: number | null
  /** What the fault was; null: there was none. */
  readonly fault: string | null
  /** Why the vendor refused it, for people. */
  readonly problem: string | null
  readonly at: string
}

/** A call as it may be shown: nothing of it proves the caller. */
export type ShownCall = Omit<ReceivedCall, 'headers'>

const secretParams = /^(sig|token|access_token|api_key|apikey|key|client_secret|secret|password|code)$/i

/** Leaves headers and credentials of the query and of token requests out. */
export function shownCall({ headers: _headers, ...call }: ReceivedCall): ShownCall {
  const [path = '', query] = call.path.split('?', 2)
  const params = new URLSearchParams(query ?? '')
  for (const name of [...params.keys()]) if (secretParams.test(name)) params.set(name, '***')
  const shownPath = query === undefined ? path : `${path}?${params}`
  const login = call.operation?.startsWith('oauth.') === true
  return { ...call, path: shownPath, body: login ? '(a login)' : call.body }
}
