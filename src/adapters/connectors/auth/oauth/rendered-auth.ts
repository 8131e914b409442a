import { digestOf } from '../../../../kernel/digest.ts'
import { NxError } from '../../../../kernel/errors.ts'
import type { JsonObject, JsonValue } from '../../../../kernel/json.ts'
import type { AuthorizationCodeAuth, TokenAuth } from '../../definition/auth-definition.ts'
import { compileTemplate } from '../../template.ts'

/** How a token is got for one integration: its {{ connection.x }} filled in, its credentials opened. */
export interface TokenAsk {
  readonly auth: TokenAuth
  /** Opened secrets by name. */
  readonly credentials: Readonly<Record<string, string>>
  /**
   * Digest of whom the tokens belong to: the grant, the client, and the origin of the token endpoint. Tokens of one are never shown to
   * another: a document that names another endpoint needs a login of its own.
   */
  readonly binding: string
}

/** Throws NX-CONNECTOR-INPUT when the connection lacks a field, NX-AUTH-INSECURE when an endpoint is not https. */
export function renderAuth(
  auth: TokenAuth,
  credentials: Readonly<Record<string, string>>,
  connection: JsonObject,
): TokenAsk {
  const rendered = render(auth, connection)
  const { origin } = secureUrl(rendered.tokenUrl)
  if (asksPerson(rendered)) secureUrl(rendered.authorizeUrl)
  return { auth: rendered, credentials, binding: digestOf(boundTo(rendered, origin, credentials)) }
}

function render(auth: TokenAuth, connection: JsonObject): TokenAuth {
  const plain = auth as unknown as JsonValue
  const { render: fill, problems } = compileTemplate(plain, { roots: ['connection'], tables: {} })
  const [problem] = problems
  if (problem !== undefined) throw new NxError('configuration', problem.code, problem.message)
  return fill({ connection }) as unknown as TokenAuth
}

function boundTo(auth: TokenAuth, origin: string, credentials: Readonly<Record<string, string>>): JsonValue {
  if (auth.kind === 'jwt_bearer') return ['jwt_bearer', origin, { ...auth.claims }]
  const client = credentials[auth.clientId] ?? ''
  // Without a person's consent a change of scopes is only another request.
  return auth.grant === 'authorization_code'
    ? [auth.grant, origin, client]
    : [auth.grant, origin, client, [...auth.scopes], { ...auth.params }]
}

/** Does a person have to consent, and again when the refresh token is over? */
export function asksPerson(auth: TokenAuth): auth is AuthorizationCodeAuth {
  return auth.kind === 'oauth2' && auth.grant === 'authorization_code'
}

/** Loopback may be spoken to in the clear. The way out refuses private addresses where they are not allowed. */
export function isLoopback({ hostname }: URL): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname)
}

function secureUrl(text: string): URL {
  const url = URL.parse(text)
  if (url !== null && (url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url)))) return url
  throw new NxError('configuration', 'NX-AUTH-INSECURE', 'A login needs https', {
    detail: `'${text.slice(0, 200)}' is not an https address.`,
    fix: 'Correct the address in the connector or in the connection of the integration.',
  })
}
