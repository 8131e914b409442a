import { isJsonObject, readPath } from '../../../../kernel/json.ts'
import type { JsonObject, JsonValue } from '../../../../kernel/json.ts'
import type { OutgoingAnswer } from '../../../http/exchange.ts'
import { answeredAt, parseRetryAfter } from '../../../http/retry-after.ts'
import { printable } from '../../answers/printable.ts'
import type { Redact } from '../../redact-secrets.ts'

/** Tokens as a vendor gave them out. */
export interface GrantedTokens {
  readonly accessToken: string
  /** null: the answer has none; then the old one, if any, stays good. */
  readonly refreshToken: string | null
  /** null: the vendor does not say. */
  readonly expiresInMs: number | null
  readonly refreshExpiresInMs: number | null
  /** null: as asked for. */
  readonly scopes: readonly string[] | null
  readonly captured: JsonObject
}

/** What a token endpoint's answer means. */
export type EndpointAnswer =
  | { readonly state: 'granted'; readonly tokens: GrantedTokens }
  /** It says no: `error` as OAuth names it (`invalid_grant`), or `http_403` where it says nothing. */
  | { readonly state: 'refused'; readonly error: string; readonly message: string }
  /** Nothing to show for it now. `unclear`: nobody knows whether the vendor did it. */
  | {
      readonly state: 'unavailable'
      readonly code: 'NX-AUTH-BUSY' | 'NX-AUTH-UNREACHABLE' | 'NX-AUTH-ANSWER' | 'NX-EGRESS-PRIVATE'
      readonly message: string
      readonly retryAfterMs: number | null
      readonly unclear: boolean
    }

const tokenPattern = /^[\x21-\x7e]{1,16384}$/
const yearsMaxMs = 10 * 365 * 86_400_000
const messageCharsMax = 300
const capturedCharsMax = 2_000

export interface JudgeOptions {
  /** Field of the connection -> path in the answer. */
  readonly capture: Readonly<Record<string, string>>
  readonly redact: Redact
  readonly now: Date
}

/** Reads the body before the status: some vendors fail with 200. Nothing of what it says holds a secret. */
export function judgeTokenAnswer(answer: OutgoingAnswer, options: JudgeOptions): EndpointAnswer {
  if (answer.state === 'not_sent') {
    if (answer.reason === 'refused_address') return unavailable('NX-EGRESS-PRIVATE', answer.message, options)
    return unavailable('NX-AUTH-UNREACHABLE', `No connection: ${answer.message}`, options)
  }
  if (answer.state === 'lost') {
    const message = `The request left and no answer came: ${answer.message}`
    return unavailable('NX-AUTH-UNREACHABLE', message, options, { unclear: true })
  }
  const { status, headers, cut } = answer
  const retryAfterMs = parseRetryAfter(headers['retry-after'], 's', answeredAt(headers, options.now))
  const body = cut === null ? parse(answer.body) : undefined
  if (status === 429)
    return unavailable('NX-AUTH-BUSY', 'It answered 429: too many requests', options, { retryAfterMs })
  if (status === 408 || status === 425 || status >= 500) {
    return unavailable('NX-AUTH-BUSY', `It answered ${status}`, options, { retryAfterMs, unclear: true })
  }
  const error = errorOf(body)
  if (error !== null) {
    return { state: 'refused', error: options.redact(error), message: describe(status, body, options.redact) }
  }
  if (status >= 200 && status < 300) {
    const tokens = body === undefined ? null : tokensOf(body, options)
    if (tokens !== null) return { state: 'granted', tokens }
    const what =
      cut !== null ? `was cut by ${cut}` : body === undefined ? 'is not JSON' : 'holds no access token'
    return unavailable('NX-AUTH-ANSWER', `It answered ${status}, but the answer ${what}`, options, {
      unclear: true,
    })
  }
  return { state: 'refused', error: `http_${status}`, message: describe(status, body, options.redact) }
}

function unavailable(
  code: (EndpointAnswer & { state: 'unavailable' })['code'],
  message: string,
  { redact }: JudgeOptions,
  { retryAfterMs = null, unclear = false }: { retryAfterMs?: number | null; unclear?: boolean } = {},
): EndpointAnswer {
  return { state: 'unavailable', code, message: shown(redact(message)), retryAfterMs, unclear }
}

/** Of OAuth (RFC 6749 5.2), of Slack (`ok: false`), but not of `error: null` or `error: ""`. */
function errorOf(body: JsonObject | undefined): string | null {
  const error = body?.['error']
  if (typeof error === 'string' && /^[\x20-\x7e]{1,100}$/.test(error)) return error
  return isJsonObject(error ?? null) ? 'error' : null
}

function describe(status: number, body: JsonObject | undefined, redact: Redact): string {
  const said = [body?.['error'], body?.['error_description'] ?? body?.['message']]
    .filter((part) => typeof part === 'string' && part !== '')
    .join(': ')
  return shown(redact(said === '' ? `It answered ${status}` : `It answered ${status}: ${said}`))
}

function shown(text: string): string {
  return printable(text.slice(0, messageCharsMax))
}

function tokensOf(body: JsonObject, { capture }: JudgeOptions): GrantedTokens | null {
  const accessToken = tokenAt(body, 'access_token')
  if (accessToken === null) return null
  const refreshToken = tokenAt(body, 'refresh_token')
  // One that cannot be stored whole is worse than none: the old one would be used up.
  if (refreshToken === null && (body['refresh_token'] ?? '') !== '') return null
  const captured: Record<string, JsonValue> = {}
  for (const [field, path] of Object.entries(capture)) {
    const value = readPath(body, path)
    if (value === accessToken || value === refreshToken) continue
    if (typeof value === 'number' || typeof value === 'boolean') captured[field] = value
    if (typeof value === 'string' && value.length <= capturedCharsMax) captured[field] = value
  }
  return {
    accessToken,
    refreshToken,
    expiresInMs: secondsAt(body, 'expires_in'),
    refreshExpiresInMs:
      secondsAt(body, 'refresh_token_expires_in') ?? secondsAt(body, 'x_refresh_token_expires_in'),
    scopes: scopesOf(body['scope']),
    captured,
  }
}

function tokenAt(body: JsonObject, name: string): string | null {
  const value = body[name]
  return typeof value === 'string' && tokenPattern.test(value) ? value : null
}

/** A number, or text that is one. */
function secondsAt(body: JsonObject, name: string): number | null {
  const value = body[name]
  const seconds = typeof value === 'string' && /^\d{1,12}(\.\d+)?$/.test(value) ? Number(value) : value
  if (typeof seconds !== 'number' || !Number.isFinite(seconds)) return null
  return Math.min(Math.max(0, seconds * 1_000), yearsMaxMs)
}

/** By spaces, as OAuth says, or by commas. */
function scopesOf(scope: JsonValue | undefined): readonly string[] | null {
  if (typeof scope !== 'string') return null
  return scope
    .split(/[\s,]+/)
    .filter((one) => /^[\x21-\x7e]{1,200}$/.test(one))
    .slice(0, 200)
}

function parse(text: string): JsonObject | undefined {
  try {
    const value = JSON.parse(text) as JsonValue
    return isJsonObject(value) ? value : undefined
  } catch {
    return undefined
  }
}
