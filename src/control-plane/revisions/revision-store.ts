import type { Actor } from '../../platform/access/actor.ts'
import type { Scope, StoredDocument } from '../documents/document.ts'

/** Where a revision's files came from. */
export interface RevisionSource {
  readonly directory: string
  readonly repository: string | null
  readonly commit: string | null
  readonly author: string | null
}

/** An immutable, content-addressed set of documents of one scope. */
export interface Revision {
  readonly id: string
  readonly scope: Scope
  /** sha256 over its documents' kinds, names and digests, hex. */
  readonly digest: string
  readonly documents: readonly StoredDocument[]
  readonly source: RevisionSource
  readonly createdAt: string
  readonly createdBy: string
}

export interface NewRevision {
  readonly scope: Scope
  readonly digest: string
  readonly documents: readonly StoredDocument[]
}

export interface AppliedScope {
  readonly scope: Scope
  readonly digest: string
  readonly previousDigest: string | null
  readonly changed: boolean
}

/** What one (tenant, workspace) is under: global, tenant and workspace documents together. */
export interface EffectiveDocuments {
  /** The bundle's digest: the ordered hash of the scopes' revision digests. Every decision records it. */
  readonly digest: string
  readonly documents: readonly StoredDocument[]
}

export interface RevisionStore {
  /**
   * Stores and activates the scopes' revisions in one transaction, with an audit row each: all or nothing. A scope whose
   * digest is active already is left as it is (`changed: false`). Throws NX-TENANT-NOT-FOUND for a scope of an unknown tenant.
   */
  apply(
    revisions: readonly NewRevision[],
    source: RevisionSource,
    actor: Actor,
    reason: string | null,
  ): Promise<readonly AppliedScope[]>

  /** The active documents of a tenant's workspace; digest of nothing applied: sha256 of the empty bundle, no documents. */
  effective(tenantId: string, workspace: string): Promise<EffectiveDocuments>

  /** A document by digest, whether or not it is still active: what an instance in flight was started with. */
  document(tenantId: string, digest: string): Promise<StoredDocument | null>

  /** The active revisions of a tenant's scopes, and of the global scope; null: of the global scope alone. */
  active(tenantId: string | null): Promise<readonly Revision[]>
}
