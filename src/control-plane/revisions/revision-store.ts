import type { JsonObject } from '../../kernel/json.ts'
import type { Actor } from '../../platform/access/actor.ts'
import type { Scope, StoredDocument } from '../documents/document.ts'
import type { DocumentLayer } from '../resolution/resolve-documents.ts'

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
  /** Where its documents stood, by `Kind/name`; empty when that was not recorded. */
  readonly places?: JsonObject
  readonly createdAt: string
  readonly createdBy: string
}

export interface NewRevision {
  readonly scope: Scope
  readonly digest: string
  readonly documents: readonly StoredDocument[]
  /** Where its documents stand, by `Kind/name`. */
  readonly places?: JsonObject
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
  /** The scopes' documents as they were written, from global down: what `loadEffective` and `resolveDocuments` take. */
  readonly layers: readonly DocumentLayer[]
  /** Those of all layers in one list: several of one kind and name where lower scopes overlay upper ones. */
  readonly documents: readonly StoredDocument[]
}

/** A scope and the digest of its revision; null: it has none. */
export interface ScopeDigest {
  readonly scope: Scope
  readonly digest: string | null
}

/** Why what is active changed. `candidate`: a revision was offered beside the active one, which stayed. */
export type ActivationKind = 'apply' | 'rollback' | 'rollout' | 'gitops' | 'candidate'

/** One change of what is active, as the history has it. */
export interface Activation {
  /** Grows with every change; as text, for it is 64 bits wide. */
  readonly id: string
  readonly scope: Scope
  readonly digest: string
  readonly previousDigest: string | null
  readonly kind: ActivationKind
  readonly at: string
  readonly by: string
  readonly reason: string | null
  readonly planId: string | null
  readonly source: RevisionSource
}

/** What is active in one scope, without its documents. */
export interface ActiveHead {
  readonly scope: Scope
  readonly digest: string
  readonly source: RevisionSource
  readonly activatedAt: string
  readonly activatedBy: string
}

/** Documents that are part of no revision and must be found by their digest: those resolved from several layers. */
export interface KeptDocuments {
  /** The tenant's slug. */
  readonly tenant: string
  readonly documents: readonly StoredDocument[]
}

export interface ApplyOptions {
  /** Default `apply`. */
  readonly kind?: ActivationKind
  /** What must be active for it to be applied; NX-PLAN-STALE when something else is. */
  readonly base?: readonly ScopeDigest[]
  /** The saved plan that is carried out: it is closed in the same transaction, or NX-PLAN-… says why it cannot be. */
  readonly planId?: string
  readonly keep?: readonly KeptDocuments[]
  /** Apply quarantined revisions all the same; needs a reason. */
  readonly overrideQuarantine?: boolean
  /** A rollout policy was passed over: the audit log says so. */
  readonly immediate?: boolean
}

/** A revision to return to; `previous`: the one that was active before the active one was applied. */
export interface RollbackTarget {
  readonly scope: Scope
  /** A digest, or its beginning (8 characters or more). */
  readonly to: string
}

export interface ActivationQuery {
  /** All scopes of a tenant and the global one, or (null) the global one alone; left out: everything. */
  readonly tenantId?: string | null
  readonly scope?: Scope
  /** Older than this activation. */
  readonly beforeId?: string
  /** At most; 1 to 500. */
  readonly limit: number
}

export interface RevisionStore {
  /**
   * Stores and activates the scopes' revisions in one transaction, with an audit row each: all or nothing. A scope whose
   * digest is active already is left as it is (`changed: false`). Applies are serialised. Throws NX-TENANT-NOT-FOUND for a scope
   * of an unknown tenant, NX-REVISION-QUARANTINED, NX-PLAN-STALE (naming what moved, and who moved it), and for a saved plan
   * NX-PLAN-NOT-FOUND, NX-PLAN-APPLIED, NX-PLAN-EXPIRED, NX-PLAN-UNAPPROVED.
   */
  apply(
    revisions: readonly NewRevision[],
    source: RevisionSource,
    actor: Actor,
    reason: string | null,
    options?: ApplyOptions,
  ): Promise<readonly AppliedScope[]>

  /**
   * Makes stored revisions active again: a pointer swap, one audit row a scope, all or nothing; with no age limit. Throws
   * NX-REVISION-NOT-FOUND, NX-REVISION-AMBIGUOUS, NX-REVISION-QUARANTINED, NX-TENANT-NOT-FOUND.
   */
  rollback(
    targets: readonly RollbackTarget[],
    actor: Actor,
    reason: string,
    options?: Pick<ApplyOptions, 'overrideQuarantine' | 'keep' | 'base'>,
  ): Promise<readonly AppliedScope[]>

  /**
   * The digest that was active in a scope before its active revision was applied; rollbacks do not count, so that going back again goes
   * further back. Null: nothing was. Reads only.
   */
  previous(scope: Scope): Promise<string | null>

  /** The active documents of a tenant's workspace; digest of nothing applied: sha256 of the empty bundle, no documents. */
  effective(tenantId: string, workspace: string): Promise<EffectiveDocuments>

  /**
   * What a workspace of the tenant was under when its bundle had this digest (the `config_digest` of a decision): the active
   * revisions of its scopes then, from global down. Null: no bundle of the recorded history has this digest.
   */
  effectiveByDigest(tenantId: string, digest: string): Promise<readonly Revision[] | null>

  /** A document by digest, whether or not it is still active: what an instance in flight was started with. */
  document(tenantId: string, digest: string): Promise<StoredDocument | null>

  /** The active revisions of a tenant's scopes, and of the global scope; null: of the global scope alone. */
  active(tenantId: string | null): Promise<readonly Revision[]>

  /**
   * What is active in the global scope and in all scopes of these tenants, from global down. Reads only: in a read-only
   * transaction of a role that may not write configuration.
   */
  heads(tenantIds: readonly string[]): Promise<readonly ActiveHead[]>

  /**
   * A stored revision of a scope, active or not, by digest or by its beginning (8 characters or more); null when there is none.
   * Reads only, as `heads`. Throws NX-REVISION-AMBIGUOUS.
   */
  revision(scope: Scope, digest: string): Promise<Revision | null>

  /** Changes of what is active, newest first. Reads only, as `heads`. */
  activations(query: ActivationQuery): Promise<readonly Activation[]>
}
