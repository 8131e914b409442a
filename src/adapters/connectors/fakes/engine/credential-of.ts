import type { AuthDefinition } from '../../definition/auth-definition.ts'
import type { FakeRequest } from './fake-request.ts'

/** What a request proves its caller with, by one of the connector's ways; null: by none. Never whether it is right. */
export function credentialOf(ways: readonly AuthDefinition[], request: FakeRequest): string | null {
  for (const way of ways) {
    const found = shown(way, request)
    if (found !== null && found !== '') return found
  }
  return ways.length === 0 ? '' : null
}

/** Members of the query that prove the caller. */
export function credentialParams(ways: readonly AuthDefinition[]): readonly string[] {
  return ways.flatMap((way) => (way.kind === 'api_key' && way.in === 'query' ? [way.name] : []))
}

function shown(way: AuthDefinition, { headers, query }: FakeRequest): string | null {
  const authorization = headers['authorization'] ?? ''
  switch (way.kind) {
    case 'none':
      return 'nobody'
    case 'basic':
      return basicOf(authorization)
    case 'bearer':
    case 'oauth2':
    case 'jwt_bearer':
      return /^Bearer (.+)$/.exec(authorization)?.[1] ?? null
    case 'oauth1':
      return /oauth_token="([^"]+)"/.exec(authorization)?.[1] ?? null
    case 'api_key':
      return way.in === 'query' ? query.get(way.name) : (headers[way.name.toLowerCase()] ?? null)
    case 'standard_webhooks':
      return signedAs(headers)
    case 'mtls':
      return way.with === undefined ? 'nobody' : shown(way.with, { headers, query } as FakeRequest)
  }
}

/** The user name and the password, both said. */
function basicOf(authorization: string): string | null {
  const [, encoded = ''] = /^Basic (\S+)$/.exec(authorization) ?? []
  const text = Buffer.from(encoded, 'base64').toString('utf8')
  return /^[^:]+:./.test(text) ? text : null
}

/** All signatures of one receiver are made with one secret, so all count as one credential. */
function signedAs(headers: FakeRequest['headers']): string | null {
  const { 'webhook-id': id, 'webhook-timestamp': at, 'webhook-signature': signature } = headers
  const whole = (id ?? '') !== '' && /^\d+$/.test(at ?? '') && /^v1,\S+/.test(signature ?? '')
  return whole ? 'signed' : null
}
