import type { JsonObject } from '../../kernel/json.ts'
import type { Actor } from '../access/actor.ts'
import type { SealedSecret } from '../secrets/secret-store.ts'
import type { CredentialFacts, CredentialPlace, StoredCredential } from './credential.ts'

/** New tokens, as they are stored. Times count from now, milliseconds. */
export interface NewTokens {
  readonly binding: string
  /** Sealed under the name of the version after the one that they replace. */
  readonly sealed: SealedSecret
  readonly scopes: readonly string[]
  readonly captured: JsonObject
  readonly renewable: boolean
  readonly expiresInMs: number | null
  readonly refreshInMs: number | null
  readonly refreshExpiresInMs: number | null
}

/** A failed try. */
export interface FailedTry {
  readonly code: string
  /** For people. No secrets. */
  readonly message: string
  /** Nobody knows whether the vendor did it. */
  readonly unclear: boolean
  /** Shut the integration's gate: there is no token to call with, and only a person can help. */
  readonly shutsGate: boolean
}

/** The right to refresh: of one try, for a time. */
export interface RefreshLease {
  readonly version: number
  readonly owner: string
}

/**
 * Tokens of integrations at rest. Every write names the version that it goes from, and changes nothing when that is no longer the
 * present one: two who refresh at once cannot undo each other. Throws NX-DB-….
 */
export interface CredentialStore {
  read(place: CredentialPlace): Promise<StoredCredential | null>
  /**
   * The right to refresh this version, until `leaseMs` are over or a write below ends it; null: it moved, or somebody has the right.
   * Version 0 stands for a place without a row. A lease that was never ended leaves `unclear` behind.
   */
  lease(
    place: CredentialPlace,
    lease: RefreshLease & { readonly binding: string; readonly leaseMs: number },
  ): Promise<StoredCredential | null>
  /**
   * The next version. Ends any lease, forgets failures, and lets the integration's gate try again. false: the version moved. That the
   * lease ran out meanwhile does not matter: tokens that the vendor gave out are kept.
   */
  save(place: CredentialPlace, version: number, tokens: NewTokens): Promise<boolean>
  /** Ends the lease; the next try is due in `retryInMs`. Without the lease nothing happens. */
  backOff(place: CredentialPlace, lease: RefreshLease, failed: FailedTry, retryInMs: number): Promise<void>
  /** Ends the lease: only a new login helps. false: the version moved or the lease is gone. */
  fail(place: CredentialPlace, lease: RefreshLease, failed: FailedTry): Promise<boolean>
  /** The vendor did not accept the access token of this version. */
  markStale(place: CredentialPlace, version: number): Promise<void>
  /** As `save`, by a person: with an audit row. */
  put(
    place: CredentialPlace,
    version: number,
    tokens: NewTokens,
    actor: Actor,
    reason: string | null,
  ): Promise<boolean>
  /** Forgets the tokens, with an audit row. false: there are none. */
  remove(place: CredentialPlace, actor: Actor, reason: string | null): Promise<boolean>
  /** Of a tenant, by workspace and integration. */
  list(tenantId: string): Promise<readonly (CredentialPlace & CredentialFacts)[]>
}

/** What is to be refreshed, across tenants. Throws NX-DB-…. */
export interface DueCredentials {
  /** Due now, renewable without a person, and nobody is at it, at most `limit`; the longest due first. */
  due(limit: number): Promise<readonly CredentialPlace[]>
  /** Looked at again in `delayMs`: there is nothing to refresh it with, or it could not be tried. */
  postpone(place: CredentialPlace, delayMs: number): Promise<void>
}
