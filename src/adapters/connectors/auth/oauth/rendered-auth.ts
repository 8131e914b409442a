import { digestOf } from '../../../../kernel/digest.ts'
import { NxError } from '../../../../kernel/errors.ts'
import type { JsonObject, JsonValue } from '../../../../kernel/json.ts'
import type { AuthorizationCodeAuth, TokenAuth } from '../../definition/auth-definition.ts'
import { isHostPart } from '../../definition/fill-connection.ts'
import { isBaseUrl } from '../../definition/schema-parts.ts'
import { compileTemplate } from '../../template.ts'
import type { CompiledTemplate } from '../../template.ts'

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

/**
 * Throws NX-CONNECTOR-INPUT when the connection lacks a field, NX-CONNECTOR-CONNECTION when a field would lead to another host,
 * NX-AUTH-INSECURE when an endpoint is not https.
 */
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

/** By the auth of a compiled connector: every call asks. */
const compiled = new WeakMap<TokenAuth, CompiledAuth>()

interface CompiledAuth {
  readonly template: CompiledTemplate
  readonly hosts: readonly HostPart[]
}

/** An expression in the host of an address. `whole`: it is all that stands before the path. */
interface HostPart {
  readonly text: string
  readonly template: CompiledTemplate
  readonly whole: boolean
}

function render(auth: TokenAuth, connection: JsonObject): TokenAuth {
  let held = compiled.get(auth)
  if (held === undefined) {
    const urls = [auth.tokenUrl, ...(asksPerson(auth) ? [auth.authorizeUrl] : [])]
    held = { template: compile(auth as unknown as JsonValue), hosts: urls.flatMap(hostParts) }
    compiled.set(auth, held)
  }
  for (const part of held.hosts) requireHostPart(part, connection)
  return held.template.render({ connection }) as unknown as TokenAuth
}

function compile(template: JsonValue): CompiledTemplate {
  const made = compileTemplate(template, { roots: ['connection'], tables: {} })
  const [problem] = made.problems
  if (problem !== undefined) throw new NxError('configuration', problem.code, problem.message)
  return made
}

function hostParts(url: string): readonly HostPart[] {
  const host = /^(?:[a-z]+:\/\/)?(?:\{\{.*?\}\}|[^/?#{])*/i.exec(url)?.[0] ?? ''
  return [...host.matchAll(/\{\{.*?\}\}/g)].map(([text]) => ({
    text,
    template: compile(text),
    whole: text === host,
  }))
}

/** A field in the host of an address may not lead elsewhere, as in a base URL. */
function requireHostPart({ text, template, whole }: HostPart, connection: JsonObject): void {
  const found = template.render({ connection })
  const value = typeof found === 'number' ? String(found) : found
  // What is missing is told with the address.
  if (value === undefined || value === null) return
  const fits = typeof value === 'string' && (whole ? isBaseUrl(value) : isHostPart(value))
  if (fits) return
  const wanted = whole
    ? 'an address without user, query and fragment'
    : 'letters, digits, dashes and dots, to stand in an address'
  throw new NxError('configuration', 'NX-CONNECTOR-CONNECTION', 'The connection does not fit the connector', {
    detail: `${text} must be ${wanted}.`,
    fix: 'Correct `connection:` of the Integration.',
  })
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
  const isPlain = url !== null && url.username === '' && url.password === '' && url.hash === ''
  if (isPlain && (url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url)))) return url
  throw new NxError('configuration', 'NX-AUTH-INSECURE', 'A login needs https', {
    detail: `'${text.slice(0, 200)}' is not an https address without user and fragment.`,
    fix: 'Correct the address in the connector or in the connection of the integration.',
  })
}
