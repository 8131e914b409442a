import { createHmac } from 'node:crypto'

export interface Oauth1Keys {
  readonly consumerKey: string
  readonly consumerSecret: string
  readonly token: string
  readonly tokenSecret: string
  readonly realm: string | null
}

export interface Oauth1Moment {
  /** Seconds since 1970. */
  readonly timestamp: number
  readonly nonce: string
}

/** What OAuth 1 signs. */
export interface Oauth1Request {
  readonly method: string
  readonly url: URL
  /** The body when it is form-encoded, else null: other bodies are not signed. */
  readonly form: string | null
}

/** The Authorization header of OAuth 1.0a (RFC 5849) with HMAC-SHA256. */
export function oauth1Header(request: Oauth1Request, keys: Oauth1Keys, moment: Oauth1Moment): string {
  const own: readonly (readonly [string, string])[] = [
    ['oauth_consumer_key', keys.consumerKey],
    ['oauth_nonce', moment.nonce],
    ['oauth_signature_method', 'HMAC-SHA256'],
    ['oauth_timestamp', String(moment.timestamp)],
    ['oauth_token', keys.token],
    ['oauth_version', '1.0'],
  ]
  const signature = createHmac(
    'sha256',
    `${percentEncode(keys.consumerSecret)}&${percentEncode(keys.tokenSecret)}`,
  )
    .update(signatureBase(request, own))
    .digest('base64')
  const realm = keys.realm === null ? [] : [`realm="${percentEncode(keys.realm)}"`]
  const parts = [...own, ['oauth_signature', signature] as const]
  return `OAuth ${[...realm, ...parts.map(([name, value]) => `${name}="${percentEncode(value)}"`)].join(', ')}`
}

/** RFC 5849, 3.4.1: method, address without query, and every parameter, sorted. */
export function signatureBase(
  { method, url, form }: Oauth1Request,
  own: readonly (readonly [string, string])[],
): string {
  const given = [...url.searchParams, ...new URLSearchParams(form ?? '')]
  const parameters = [...given, ...own]
    .map(([name, value]) => `${percentEncode(name)}=${percentEncode(value)}`)
    // By encoded name, then by encoded value; '=' sorts before none of the characters that encoding leaves.
    .sort((a, b) => compare(a.split('='), b.split('=')))
    .join('&')
  return [method.toUpperCase(), `${url.protocol}//${url.host}${url.pathname}`, parameters]
    .map(percentEncode)
    .join('&')
}

function compare(a: readonly string[], b: readonly string[]): number {
  const [left, right] = a[0] === b[0] ? [a[1] ?? '', b[1] ?? ''] : [a[0] ?? '', b[0] ?? '']
  return left < right ? -1 : left > right ? 1 : 0
}

/** RFC 3986: more is encoded than encodeURIComponent does. */
export function percentEncode(text: string): string {
  return encodeURIComponent(text).replaceAll(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}
