import type { JsonObject } from '../../../kernel/json.ts'
import type { ScaffoldAuth, ScaffoldAuthKind } from './scaffold.ts'

/** What a description says beyond the kind. */
export interface AuthDetails {
  /** Of api_key. */
  readonly in?: 'header' | 'query'
  readonly name?: string
  /** Of oauth2. */
  readonly tokenUrl?: string
  readonly scopes?: readonly string[]
}

/** `auth:` of a new document; its secrets are named after the integration. Pure. */
export function scaffoldAuth(
  kind: ScaffoldAuthKind,
  integration: string,
  baseUrl: string,
  details: AuthDetails = {},
): ScaffoldAuth {
  const secret = (what: string) => ({ secret: `${integration}-${what}` })
  const made = (auth: JsonObject, comment: string | null, ...what: readonly string[]): ScaffoldAuth => ({
    auth,
    comment,
    secrets: what.map((one) => `${integration}-${one}`),
  })
  switch (kind) {
    case 'none':
      return made({ kind }, null)
    case 'bearer':
      return made({ kind, token: secret('token') }, null, 'token')
    case 'basic':
      return made(
        { kind, username: secret('user'), password: secret('password') },
        'The user name may also be written out: `username: api`.',
        'user',
        'password',
      )
    case 'api_key':
      return made(
        { kind, in: details.in ?? 'header', name: details.name ?? 'X-API-Key', value: secret('key') },
        details.name === undefined ? 'The name that the system gives its header.' : null,
        'key',
      )
    case 'oauth2':
      return made(
        {
          kind,
          grant: 'client_credentials',
          tokenUrl: details.tokenUrl ?? defaultTokenUrl(baseUrl),
          clientId: secret('client-id'),
          clientSecret: secret('client-secret'),
          scopes: [...(details.scopes ?? [])],
        },
        'Between machines. Where a person consents: `grant: authorization_code` with `authorizeUrl`, then `adapter auth login`.',
        'client-id',
        'client-secret',
      )
  }
}

/** Tokens are got over https, except on this machine. */
function defaultTokenUrl(baseUrl: string): string {
  const url = new URL('/oauth/token', baseUrl)
  if (url.hostname !== 'localhost' && url.hostname !== '127.0.0.1') url.protocol = 'https:'
  return url.href
}
