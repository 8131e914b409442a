/**
 * How calls prove who they are, as data. Values called `CredentialName` are names of credentials (which a document maps to
 * `{ secret: NAME }`), never secrets.
 */
export type CredentialName = string

/** OAuth 2 with a person's consent; the refresh token may change with every use (`rotates`). */
export interface AuthorizationCodeAuth {
  readonly kind: 'oauth2'
  readonly grant: 'authorization_code'
  readonly authorizeUrl: string
  readonly tokenUrl: string
  readonly clientId: CredentialName
  readonly clientSecret?: CredentialName | undefined
  /** How the client proves itself at the token endpoint. */
  readonly clientAuth: 'basic' | 'body'
  readonly pkce: boolean
  readonly scopes: readonly string[]
  /** Further parameters of the token request. */
  readonly params?: Readonly<Record<string, string>> | undefined
  readonly refresh: {
    readonly rotates: boolean
    /** Refreshed so long before the token ends, milliseconds. */
    readonly skewMs: number
    /** Values of the answer's `error` after which only a person can help. */
    readonly fatal?: { readonly error: readonly string[] } | undefined
  }
  /** Fields of the connection that the token's answer brings: field -> path in the answer. */
  readonly capture?: Readonly<Record<string, string>> | undefined
}

/** OAuth 2 between machines: there is no refresh token, a new access token is asked for. */
export interface ClientCredentialsAuth {
  readonly kind: 'oauth2'
  readonly grant: 'client_credentials'
  readonly tokenUrl: string
  readonly clientId: CredentialName
  readonly clientSecret: CredentialName
  readonly clientAuth: 'basic' | 'body'
  readonly scopes: readonly string[]
  readonly params?: Readonly<Record<string, string>> | undefined
  readonly skewMs: number
}

/** A signed assertion in exchange for an access token (RFC 7523). Claims may hold {{ connection.x }}. */
export interface JwtBearerAuth {
  readonly kind: 'jwt_bearer'
  readonly tokenUrl: string
  readonly key: CredentialName
  readonly algorithm: 'RS256' | 'ES256'
  readonly claims: Readonly<Record<string, string>>
  /** How long an assertion is good for, seconds. */
  readonly lifetimeS: number
  readonly skewMs: number
}

/** Kinds whose access token is got from somewhere: through the port `AccessTokens`. */
export type TokenAuth = AuthorizationCodeAuth | ClientCredentialsAuth | JwtBearerAuth

/** Kinds that need nothing but the credentials. */
export type StaticAuth =
  | { readonly kind: 'none' }
  | { readonly kind: 'bearer'; readonly token: CredentialName }
  /** `username` may be {{ connection.x }}: an account id is no secret. */
  | { readonly kind: 'basic'; readonly username: CredentialName; readonly password: CredentialName }
  | {
      readonly kind: 'api_key'
      readonly in: 'header' | 'query'
      readonly name: string
      readonly value: CredentialName
      /** Stands before the key: `Token `. */
      readonly prefix?: string | undefined
    }
  | {
      readonly kind: 'oauth1'
      readonly consumerKey: CredentialName
      readonly consumerSecret: CredentialName
      readonly token: CredentialName
      readonly tokenSecret: CredentialName
      readonly signature: 'HMAC-SHA256'
      /** May hold {{ connection.x }}. */
      readonly realm?: string | undefined
    }
  /** Signs what it sends (Standard Webhooks); with the previous secret too while receivers change over. */
  | {
      readonly kind: 'standard_webhooks'
      readonly secret: CredentialName
      readonly previousSecret?: CredentialName | undefined
    }

/** A client certificate, and what else proves the caller inside the connection. PEM both. */
export interface MtlsAuth {
  readonly kind: 'mtls'
  readonly certificate: CredentialName
  readonly key: CredentialName
  readonly with?: StaticAuth | TokenAuth | undefined
}

export type AuthDefinition = StaticAuth | TokenAuth | MtlsAuth

/** Members of an auth that name a credential. */
export const credentialMembers: readonly string[] = [
  'token',
  'username',
  'password',
  'value',
  'clientId',
  'clientSecret',
  'key',
  'certificate',
  'consumerKey',
  'consumerSecret',
  'tokenSecret',
  'secret',
  'previousSecret',
]

/** The part of an auth that gets a token, if any. */
export function tokenAuthOf(auth: AuthDefinition): TokenAuth | null {
  const inner = auth.kind === 'mtls' ? auth.with : auth
  return inner?.kind === 'oauth2' || inner?.kind === 'jwt_bearer' ? inner : null
}

/** The credentials that an auth cannot do without, and those that it uses when they are there. */
export function credentialsOf(auth: AuthDefinition): {
  readonly required: readonly CredentialName[]
  readonly optional: readonly CredentialName[]
} {
  const some = (name: CredentialName | undefined): readonly CredentialName[] =>
    name === undefined ? [] : [name]
  switch (auth.kind) {
    case 'none':
      return { required: [], optional: [] }
    case 'bearer':
      return { required: [auth.token], optional: [] }
    case 'basic':
      return {
        required: [...(auth.username.includes('{{') ? [] : [auth.username]), auth.password],
        optional: [],
      }
    case 'api_key':
      return { required: [auth.value], optional: [] }
    case 'oauth1':
      return {
        required: [auth.consumerKey, auth.consumerSecret, auth.token, auth.tokenSecret],
        optional: [],
      }
    case 'standard_webhooks':
      return { required: [auth.secret], optional: some(auth.previousSecret) }
    case 'oauth2':
      return auth.grant === 'authorization_code'
        ? { required: [auth.clientId], optional: some(auth.clientSecret) }
        : { required: [auth.clientId, auth.clientSecret], optional: [] }
    case 'jwt_bearer':
      return { required: [auth.key], optional: [] }
    case 'mtls': {
      const inner = auth.with === undefined ? { required: [], optional: [] } : credentialsOf(auth.with)
      return { required: [auth.certificate, auth.key, ...inner.required], optional: inner.optional }
    }
  }
}
