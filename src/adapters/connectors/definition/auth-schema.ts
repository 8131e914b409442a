import { z } from 'zod'
import { keyName, jsonPath, tokenUrl } from './schema-parts.ts'

const connectionField = z.string().regex(/^[A-Za-z][A-Za-z0-9_]{0,63}$/)
const kindOf = <K extends string>(kind: K) => z.literal(kind).describe('How calls prove who they are.')
const tokenEndpoint = tokenUrl.describe('Where access tokens are got.')
const skew = (defaultMs: number) =>
  z
    .int()
    .min(0)
    .max(3_600_000)
    .default(defaultMs)
    .describe('A new token is got so long before the old one ends, milliseconds.')
const scopes = z
  .array(z.string().min(1).max(200))
  .max(100)
  .default([])
  .describe('What the token is to be good for.')
const params = z
  .record(z.string().max(100), z.string().max(500))
  .optional()
  .describe('Further parameters of the request for a token.')
const clientAuth = z
  .enum(['basic', 'body'])
  .default('body')
  .describe('Where the client id and secret go: the Authorization header, or the body (the default).')

/** Kinds that need the credentials only. */
function staticShapes<C extends z.ZodType, P extends z.ZodType>(credential: C, plain: P) {
  return [
    z.strictObject({ kind: kindOf('none') }),
    z.strictObject({ kind: kindOf('bearer'), token: credential.describe('The bearer token.') }),
    z.strictObject({
      kind: kindOf('basic'),
      username: plain.describe('The user name, plain or a secret.'),
      password: credential.describe('The password.'),
    }),
    z.strictObject({
      kind: kindOf('api_key'),
      in: z
        .enum(['header', 'query'])
        .default('header')
        .describe('Where the key goes: header (the default) or query.'),
      name: keyName.describe('The name of the header or the parameter.'),
      value: credential.describe('The key.'),
      prefix: z.string().max(40).optional().describe("What stands before the key: 'Token '."),
    }),
    z.strictObject({
      kind: kindOf('oauth1'),
      consumerKey: credential.describe('The key of the application.'),
      consumerSecret: credential.describe('The secret of the application.'),
      token: credential.describe('The token of the account.'),
      tokenSecret: credential.describe('The secret of that token.'),
      signature: z.literal('HMAC-SHA256').default('HMAC-SHA256').describe('How requests are signed.'),
      realm: z.string().max(200).optional().describe('The realm, where the system wants one: the account.'),
    }),
    z.strictObject({
      kind: kindOf('standard_webhooks'),
      secret: credential.describe('What is signed with: whsec_ and base64.'),
      previousSecret: credential.optional().describe('Signs too while the receiver changes over.'),
    }),
  ] as const
}

/** Kinds whose token is got from somewhere. */
function tokenShapes<C extends z.ZodType, P extends z.ZodType>(credential: C, plain: P) {
  const client = plain.describe('The id of the client (application).')
  const refresh = z
    .strictObject({
      rotates: z.boolean().describe('Does every refresh bring a new refresh token?'),
      skewMs: skew(300_000),
      fatal: z
        .strictObject({
          error: z
            .array(z.string().max(100))
            .max(20)
            .describe('Errors of the token endpoint after which only a person can help.'),
        })
        .optional()
        .describe('When a refresh cannot succeed any more.'),
    })
    .default({ rotates: true, skewMs: 300_000 })
    .describe('How tokens are refreshed.')
  const grant = <G extends string>(name: G) =>
    z
      .literal(name)
      .describe('authorization_code: a person consents once; client_credentials: between machines.')
  return [
    z.strictObject({
      kind: kindOf('jwt_bearer'),
      tokenUrl: tokenEndpoint,
      key: credential.describe('The private key (PEM) that assertions are signed with.'),
      algorithm: z.enum(['RS256', 'ES256']).describe('How assertions are signed.'),
      claims: z
        .record(z.string().max(100), z.string().max(500))
        .describe('What assertions say: iss, sub, aud.'),
      lifetimeS: z
        .int()
        .min(10)
        .max(3_600)
        .default(300)
        .describe('How long an assertion is good for, seconds.'),
      skewMs: skew(60_000),
    }),
    z.discriminatedUnion('grant', [
      z.strictObject({
        kind: kindOf('oauth2'),
        grant: grant('authorization_code'),
        authorizeUrl: tokenUrl.describe('Where a person gives consent.'),
        tokenUrl: tokenEndpoint,
        clientId: client,
        clientSecret: credential.optional().describe('The secret of the client.'),
        clientAuth,
        pkce: z
          .boolean()
          .default(true)
          .describe('Proof that who began is who ends (RFC 7636). Default: true.'),
        scopes,
        params,
        refresh,
        capture: z
          .record(connectionField, jsonPath.min(1))
          .optional()
          .describe("Fields of the connection that the token's answer brings, with their paths in it."),
      }),
      z.strictObject({
        kind: kindOf('oauth2'),
        grant: grant('client_credentials'),
        tokenUrl: tokenEndpoint,
        clientId: client,
        clientSecret: credential.describe('The secret of the client.'),
        clientAuth,
        scopes,
        params,
        skewMs: skew(60_000),
      }),
    ]),
  ] as const
}

/**
 * The shapes of auth, with `credential` where a credential stands: in a definition its name, in a document the secret itself by
 * reference. `plain` is one that may also be written out (a user name, a client id).
 */
export function authShapes<C extends z.ZodType, P extends z.ZodType>(credential: C, plain: P) {
  const error = {
    error: 'kind must be none, bearer, basic, api_key, oauth2, jwt_bearer, oauth1, mtls or standard_webhooks',
  }
  const simple = [...staticShapes(credential, plain), ...tokenShapes(credential, plain)] as const
  return z.discriminatedUnion(
    'kind',
    [
      ...simple,
      z.strictObject({
        kind: kindOf('mtls'),
        certificate: credential.describe('The client certificate (PEM).'),
        key: credential.describe('Its private key (PEM).'),
        with: z
          .discriminatedUnion('kind', [...simple], error)
          .optional()
          .describe('What else proves the caller, inside the connection.'),
      }),
    ],
    error,
  )
}
