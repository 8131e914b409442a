import { NxError } from '../../../../kernel/errors.ts'
import { isJsonObject } from '../../../../kernel/json.ts'
import type { JsonValue } from '../../../../kernel/json.ts'
import { credentialName } from '../../../../platform/credentials/credential.ts'
import type { CredentialPlace, StoredCredential } from '../../../../platform/credentials/credential.ts'
import type { NewTokens } from '../../../../platform/credentials/credential-store.ts'
import type { Vault } from '../../../../platform/secrets/vault.ts'
import type { TokenAuth } from '../../definition/auth-definition.ts'
import { asksPerson } from './rendered-auth.ts'
import type { TokenAsk } from './rendered-auth.ts'
import type { GrantedTokens } from './token-answer.ts'

/** What is sealed: as JSON `{"access": …, "refresh": …}`. */
export interface OpenTokens {
  readonly accessToken: string
  readonly refreshToken: string | null
}

/** Opens stored tokens. Throws NX-SECRET-KEY, NX-SECRET-DAMAGED, NX-DB-…. */
export async function openTokens(
  vault: Pick<Vault, 'open'>,
  place: CredentialPlace,
  { sealed, version }: Pick<StoredCredential, 'sealed' | 'version'>,
): Promise<OpenTokens | null> {
  if (sealed === null) return null
  const name = credentialName(place, version)
  const text = (await vault.open({ tenantId: place.tenantId, name }, sealed)).toString('utf8')
  const value = JSON.parse(text) as JsonValue
  if (!isJsonObject(value) || typeof value['access'] !== 'string') {
    throw new NxError('bug', 'NX-SECRET-DAMAGED', `The tokens of ${place.integration} cannot be read`)
  }
  return {
    accessToken: value['access'],
    refreshToken: typeof value['refresh'] === 'string' ? value['refresh'] : null,
  }
}

export interface GrantContext {
  readonly place: CredentialPlace
  readonly ask: TokenAsk
  /** Of the row that is replaced; 0: there is none. */
  readonly version: number
  /** What was held before: what the answer does not say anew stays. null: a login begins anew. */
  readonly before: { readonly tokens: OpenTokens | null; readonly row: StoredCredential } | null
  /** Since the request was begun, milliseconds: lifetimes count from there. */
  readonly elapsedMs: number
  readonly seal: (name: string, value: Buffer) => NewTokens['sealed']
}

/** Tokens as a vendor gave them, as they are stored. */
export function newTokensOf(granted: GrantedTokens, context: GrantContext): NewTokens {
  const { place, ask, version, before, elapsedMs, seal } = context
  const refreshToken = granted.refreshToken ?? before?.tokens?.refreshToken ?? null
  const left = (ms: number | null): number | null => (ms === null ? null : ms - elapsedMs)
  const lifeMs = granted.expiresInMs
  return {
    binding: ask.binding,
    sealed: seal(
      credentialName(place, version + 1),
      Buffer.from(JSON.stringify({ access: granted.accessToken, refresh: refreshToken })),
    ),
    scopes: granted.scopes ?? scopesBefore(before) ?? scopesOf(ask.auth),
    captured: { ...before?.row.captured, ...granted.captured },
    renewable: refreshToken !== null || !asksPerson(ask.auth),
    expiresInMs: left(lifeMs),
    // Of a token that lives shorter than its skew the second half: else every call would refresh it.
    refreshInMs: lifeMs === null ? null : left(lifeMs - Math.min(skewOf(ask.auth), lifeMs / 2)),
    refreshExpiresInMs:
      granted.refreshExpiresInMs === null
        ? keptRefreshLife(granted, before)
        : left(granted.refreshExpiresInMs),
  }
}

/** The old refresh token goes on; a new one of which the vendor says nothing has no known end. */
function keptRefreshLife(granted: GrantedTokens, before: GrantContext['before']): number | null {
  const same = granted.refreshToken === null || granted.refreshToken === before?.tokens?.refreshToken
  return same ? (before?.row.refreshExpiresInMs ?? null) : null
}

function scopesBefore(before: GrantContext['before']): readonly string[] | null {
  return before === null || before.row.scopes.length === 0 ? null : before.row.scopes
}

function scopesOf(auth: TokenAuth): readonly string[] {
  return auth.kind === 'oauth2' ? auth.scopes : []
}

function skewOf(auth: TokenAuth): number {
  return asksPerson(auth) ? auth.refresh.skewMs : auth.skewMs
}
