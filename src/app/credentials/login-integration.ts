import {
  beginAuthorization,
  readCallback,
  readPasted,
} from '../../adapters/connectors/auth/oauth/authorization.ts'
import { listenForRedirect } from '../../adapters/connectors/auth/oauth/loopback-redirect.ts'
import { newTokensOf } from '../../adapters/connectors/auth/oauth/new-tokens.ts'
import { otherAccountField } from '../../adapters/connectors/auth/oauth/other-account.ts'
import { asksPerson, renderAuth } from '../../adapters/connectors/auth/oauth/rendered-auth.ts'
import type { TokenAsk } from '../../adapters/connectors/auth/oauth/rendered-auth.ts'
import type { GrantedTokens } from '../../adapters/connectors/auth/oauth/token-answer.ts'
import type { Grant, TokenEndpoint } from '../../adapters/connectors/auth/oauth/token-endpoint.ts'
import type { AuthorizationCodeAuth } from '../../adapters/connectors/definition/auth-definition.ts'
import type { Clock } from '../../kernel/clock.ts'
import { NxError } from '../../kernel/errors.ts'
import type { JsonObject } from '../../kernel/json.ts'
import type { Actor } from '../../platform/access/actor.ts'
import { requirePermission } from '../../platform/access/actor.ts'
import type { CredentialPlace } from '../../platform/credentials/credential.ts'
import type { CredentialStore } from '../../platform/credentials/credential-store.ts'
import type { Vault } from '../../platform/secrets/vault.ts'
import type { IntegrationAuth } from './integration-auths.ts'

/** How the person and the command find together. */
export type LoginWay =
  /** `opened` is told the address for a browser of this machine. `redirectUri`: as registered at the vendor; null: any free port. */
  | {
      readonly kind: 'browser'
      readonly redirectUri: string | null
      readonly timeoutMs: number
      readonly opened: (address: string) => void
    }
  /** The person copies: the address to a browser, and what comes back from it. */
  | {
      readonly kind: 'paste'
      readonly redirectUri: string
      readonly pasted: (address: string) => Promise<string>
    }

export interface LoginPorts {
  readonly store: Pick<CredentialStore, 'read' | 'put'>
  readonly vault: Pick<Vault, 'sealer'>
  readonly endpoint: Pick<TokenEndpoint, 'request'>
  readonly clock: Clock
}

export interface LoginResult {
  readonly integration: string
  readonly workspace: string
  readonly scopes: readonly string[]
  /** What the vendor told about the connection. */
  readonly captured: JsonObject
  readonly renewable: boolean
  /** Until the access token ends, milliseconds; null: it does not, or nobody knows. */
  readonly expiresInMs: number | null
}

const exchangeTimeoutMs = 30_000
const putsMax = 5

/**
 * Gets the first tokens of an integration: with a person's consent, or, where the client speaks for itself, right away. They are
 * stored sealed, with an audit row, and the integration's gate lets the next call try. Needs secret.manage. Throws NX-DENIED,
 * NX-AUTH-STATE, NX-AUTH-DENIED, NX-AUTH-CODE, NX-AUTH-TIMEOUT, NX-AUTH-REFUSED, NX-AUTH-ACCOUNT, NX-AUTH-UNREACHABLE, NX-AUTH-…,
 * NX-SECRET-…, NX-DB-….
 */
export async function loginIntegration(
  ports: LoginPorts,
  actor: Actor,
  place: CredentialPlace,
  found: IntegrationAuth,
  { way, reason }: { readonly way: LoginWay; readonly reason: string | null },
): Promise<LoginResult> {
  requirePermission(actor, 'secret.manage', place.tenantId)
  const ask = renderAuth(found.auth, found.credentials, found.connection)
  // What can fail goes first: a code is good once.
  const seal = await ports.vault.sealer(place.tenantId)
  const { auth } = ask
  const grant: Grant = asksPerson(auth) ? await consent({ ...ask, auth }, way) : { kind: 'client' }
  const startedMs = ports.clock.monotonicMs()
  const granted = await exchange(ports, place, ask, grant)
  requireAccount(granted, found.connection)
  for (let attempt = 0; attempt < putsMax; attempt += 1) {
    const version = (await ports.store.read(place))?.version ?? 0
    const elapsedMs = ports.clock.monotonicMs() - startedMs
    const tokens = newTokensOf(granted, { place, ask, version, before: null, elapsedMs, seal })
    if (!(await ports.store.put(place, version, tokens, actor, reason))) continue
    const { scopes, captured, renewable, expiresInMs } = tokens
    const { integration, workspace } = place
    return { integration, workspace, scopes, captured, renewable, expiresInMs }
  }
  throw new NxError('conflict', 'NX-AUTH-RACE', 'Others stored tokens at the same time', {
    fix: 'Log in again.',
  })
}

async function consent(
  ask: TokenAsk & { readonly auth: AuthorizationCodeAuth },
  way: LoginWay,
): Promise<Grant> {
  if (way.kind === 'paste') {
    const begun = await beginAuthorization(ask, way.redirectUri)
    const params = readPasted(await way.pasted(begun.address.href), begun)
    return { ...begun, kind: 'code', callback: readCallback(ask, begun, params) }
  }
  await using redirect = await listenForRedirect(way.redirectUri)
  const begun = await beginAuthorization(ask, redirect.redirectUri)
  const received = redirect.receive(begun, way.timeoutMs)
  way.opened(redirect.startAddress)
  return { ...begun, kind: 'code', callback: readCallback(ask, begun, await received) }
}

async function exchange(
  { endpoint }: LoginPorts,
  place: CredentialPlace,
  ask: TokenAsk,
  grant: Grant,
): Promise<GrantedTokens> {
  const bulkheadKey = `login ${place.tenantId}/${place.integration}`
  const call = { ask, grant, bulkheadKey, timeoutMs: exchangeTimeoutMs }
  const answer = await endpoint.request(call, new AbortController().signal)
  if (answer.state === 'granted') return answer.tokens
  if (answer.state === 'refused') {
    throw new NxError('unauthenticated', 'NX-AUTH-REFUSED', 'The vendor gives no token', {
      detail: answer.message,
      fix: 'Check client id, client secret, redirect address and scopes at the vendor, then begin again: a code is good once and for minutes.',
    })
  }
  const kind = answer.code === 'NX-EGRESS-PRIVATE' ? 'configuration' : 'unreachable'
  throw new NxError(kind, answer.code, 'The token endpoint gave no token', {
    detail: answer.message,
    fix: 'Check the address and whether this machine reaches it, then begin again.',
    retryable: kind === 'unreachable',
  })
}

function requireAccount({ captured }: GrantedTokens, connection: JsonObject): void {
  const field = otherAccountField(captured, connection)
  if (field === null) return
  throw new NxError('conflict', 'NX-AUTH-ACCOUNT', 'The login is for another account than the integration', {
    detail: `${field} is ${String(connection[field]).slice(0, 100)} in the configuration, and ${String(captured[field]).slice(0, 100)} at the vendor. Nothing was stored.`,
    fix: 'Choose the right account when the vendor asks, or correct the connection of the integration.',
  })
}
