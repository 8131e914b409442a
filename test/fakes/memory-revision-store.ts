import { NxError } from '../../src/kernel/errors.ts'
import { derivedId } from '../../src/kernel/ids.ts'
import type { Scope, StoredDocument } from '../../src/control-plane/documents/document.ts'
import { scopeName } from '../../src/control-plane/documents/document.ts'
import { bundleDigest } from '../../src/control-plane/revisions/revision-digest.ts'
import type {
  AppliedScope,
  EffectiveDocuments,
  NewRevision,
  Revision,
  RevisionSource,
  RevisionStore,
} from '../../src/control-plane/revisions/revision-store.ts'
import { actorName } from '../../src/platform/access/actor.ts'
import type { Actor } from '../../src/platform/access/actor.ts'
import type { TenantStore } from '../../src/platform/tenants/tenant-store.ts'

/** Revisions in memory, over the tenants of a store. */
export class MemoryRevisionStore implements RevisionStore {
  readonly #tenants: Pick<TenantStore, 'bySlug' | 'list'>
  readonly #active = new Map<string, Revision>()
  readonly #documents = new Map<string, StoredDocument>()

  constructor(tenants: Pick<TenantStore, 'bySlug' | 'list'>) {
    this.#tenants = tenants
  }

  async apply(
    revisions: readonly NewRevision[],
    source: RevisionSource,
    actor: Actor,
    _reason: string | null,
  ): Promise<readonly AppliedScope[]> {
    for (const { scope } of revisions) {
      if (scope.level !== 'global' && (await this.#tenants.bySlug(scope.tenant)) === null) {
        throw new NxError('not_found', 'NX-TENANT-NOT-FOUND', `There is no tenant '${scope.tenant}'`)
      }
    }
    return revisions.map((revision) => this.#activate(revision, source, actorName(actor)))
  }

  async effective(tenantId: string, workspace: string): Promise<EffectiveDocuments> {
    const visible = (await this.active(tenantId)).filter(
      ({ scope }) => scope.level !== 'workspace' || scope.workspace === workspace,
    )
    return { digest: bundleDigest(visible), documents: visible.flatMap(({ documents }) => documents) }
  }

  async document(_tenantId: string, digest: string): Promise<StoredDocument | null> {
    return this.#documents.get(digest) ?? null
  }

  async active(tenantId: string | null): Promise<readonly Revision[]> {
    const tenant = (await this.#tenants.list()).find(({ id }) => id === tenantId)
    return [...this.#active.values()].filter(({ scope }) => isSeen(scope, tenant?.slug))
  }

  #activate(
    { scope, digest, documents }: NewRevision,
    source: RevisionSource,
    createdBy: string,
  ): AppliedScope {
    const before = this.#active.get(scopeName(scope))
    const applied = {
      scope,
      digest,
      previousDigest: before?.digest ?? null,
      changed: before?.digest !== digest,
    }
    if (!applied.changed) return applied
    const id = derivedId(scopeName(scope), digest)
    const createdAt = '2026-01-01T00:00:00.000Z'
    this.#active.set(scopeName(scope), { id, scope, digest, documents, source, createdAt, createdBy })
    for (const document of documents) this.#documents.set(document.digest, document)
    return applied
  }
}

function isSeen(scope: Scope, tenant: string | undefined): boolean {
  return scope.level === 'global' || scope.tenant === tenant
}
