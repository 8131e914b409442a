import type { JsonObject } from '../../kernel/json.ts'
import type { SealedSecret } from '../secrets/secret-store.ts'

/** Whose tokens they are: one integration of one workspace. */
export interface CredentialPlace {
  readonly tenantId: string
  readonly workspace: string
  readonly integration: string
}

export type CredentialState =
  /** No token yet. */
  | 'empty'
  | 'ready'
  /** The vendor refused the refresh token: only a new login helps. */
  | 'failed'

/** Why the last refresh did not go well. No token stands in it. */
export interface CredentialFailure {
  readonly code: string
  readonly message: string
  /** Since when, RFC 3339. */
  readonly since: string
}

/** Tokens of an integration, without the tokens. Ages and waits are by the database's clock, milliseconds. */
export interface CredentialFacts {
  readonly version: number
  /** Digest of the client and the token endpoint that the tokens belong to. */
  readonly binding: string
  readonly state: CredentialState
  readonly scopes: readonly string[]
  /** What the vendor told with the token about the connection. */
  readonly captured: JsonObject
  /** Can it be renewed without a person? */
  readonly renewable: boolean
  /** Of the last login or refresh that went well, RFC 3339; null: there was none. */
  readonly obtainedAt: string | null
  readonly expiresAt: string | null
  readonly refreshExpiresAt: string | null
  /** Until the access token ends; negative: it has ended; null: it does not, or nobody knows. */
  readonly expiresInMs: number | null
  /** Until it is to be refreshed; null: never by itself. */
  readonly refreshInMs: number | null
  /** Until the refresh token ends; null: nobody knows. */
  readonly refreshExpiresInMs: number | null
  /** Until the next try after a failed one; 0: now. */
  readonly retryInMs: number
  /** For how long somebody else holds the right to refresh; 0: nobody does. */
  readonly leasedForMs: number
  /** The vendor did not accept the access token. */
  readonly stale: boolean
  /** A refresh with this refresh token was begun, and nobody knows how it ended. */
  readonly unclear: boolean
  /** Failed tries in a row. */
  readonly attempts: number
  readonly failure: CredentialFailure | null
}

/** The same with the sealed tokens. */
export interface StoredCredential extends CredentialFacts {
  readonly sealed: SealedSecret | null
}

/** The name under which tokens are sealed: they open at no other place and as no other version. */
export function credentialName({ workspace, integration }: CredentialPlace, version: number): string {
  return `credential/${workspace}/${integration}/${version}`
}
