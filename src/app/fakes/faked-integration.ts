import { createHash } from 'node:crypto'
import type { AuthDefinition } from '../../adapters/connectors/definition/auth-definition.ts'
import type { CredentialSource, Integration } from '../../adapters/connectors/integration.ts'

/** Where fakes listen, by connector: `slack` -> `http://127.0.0.1:PORT/DOOR`. */
export type FakeUrls = ReadonlyMap<string, string>

/** The credential that stands in where a document names none: a login of a fake needs both halves of a client. */
const madeUpSecret = 'fakeClientSecret'

/**
 * The integration with its fake in place of its vendor: same operations and limits, another address. The path says whose it is, so that
 * one fake keeps integrations apart. A login that takes a person becomes one of the client alone.
 */
export function fakedIntegration(integration: Integration, url: string, slug: string): Integration {
  const base = `${url}/_to/${encodeURIComponent(slug)}/${encodeURIComponent(integration.name)}`
  const { auth, added } = fakedAuth(integration, base)
  const { definition } = integration.connector
  const ofDocument = definition.baseUrl.includes('{{')
  return {
    ...integration,
    // A fake knows the paths of the vendor, not those of a proxy that the document puts before it.
    baseUrl: base + pathOf(ofDocument ? integration.baseUrl : definition.baseUrl),
    auth,
    credentials: { ...integration.credentials, ...added },
  }
}

/** What a credential says for which no secret is stored: another one in every integration of every tenant. */
export function madeUpCredential(
  { name: integration, auth }: Pick<Integration, 'name' | 'auth'>,
  slug: string,
  name: string,
): CredentialSource {
  const value =
    auth.kind === 'standard_webhooks'
      ? `whsec_${createHash('sha256').update(`${slug} ${integration} ${name}`).digest('base64')}`
      : `fake-${slug}-${integration}-${name}`
  return { value }
}

function fakedAuth(
  { auth, connection }: Integration,
  base: string,
): { readonly auth: AuthDefinition; readonly added: Readonly<Record<string, CredentialSource>> } {
  if (auth.kind === 'jwt_bearer')
    return { auth: { ...auth, tokenUrl: base + pathOf(auth.tokenUrl) }, added: {} }
  if (auth.kind !== 'oauth2') return { auth, added: {} }
  // What the vendor would tell with the token it is told here: a fake knows no accounts.
  const captured = auth.grant === 'authorization_code' ? Object.keys(auth.capture ?? {}) : []
  const told = new URLSearchParams(
    captured.flatMap((name): [string, string][] =>
      typeof connection[name] === 'string' ? [[name, connection[name]]] : [],
    ),
  )
  const { clientId, clientAuth, scopes, params } = auth
  return {
    auth: {
      kind: 'oauth2',
      grant: 'client_credentials',
      tokenUrl: `${base}${pathOf(auth.tokenUrl)}${told.size === 0 ? '' : `?${told}`}`,
      clientId,
      clientSecret: auth.clientSecret ?? madeUpSecret,
      clientAuth,
      scopes,
      ...(params === undefined ? {} : { params }),
      skewMs: 60_000,
    },
    added: auth.clientSecret === undefined ? { [madeUpSecret]: { value: 'fake-client-secret' } } : {},
  }
}

/** From the first slash behind the host on; what stands in {{ }} is filled in later. */
function pathOf(address: string): string {
  const whole = /^\{\{[^{}]*\}\}$/.test(address)
  return whole ? '' : address.replace(/^[a-z]+:\/\/[^/]*/i, '')
}
