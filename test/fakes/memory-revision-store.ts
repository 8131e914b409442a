import { NxError } from '../../src/kernel/errors.ts'
import { derivedId } from '../../src/kernel/ids.ts'
import type { Scope, StoredDocument } from '../../src/control-plane/documents/document.ts'
import { scopeName } from '../../src/control-plane/documents/document.ts'
import { findBundle } from '../../src/control-plane/revisions/find-bundle.ts'
import { bundleDigest } from '../../src/control-plane/revisions/revision-digest.ts'
import {
  isDigestPrefix,
  movedScopes,
  planStale,
  revisionAmbiguous,
  revisionNotFound,
  revisionQuarantined,
} from '../../src/control-plane/revisions/revision-errors.ts'
import type {
  Activation,
  ActivationQuery,
  ActiveHead,
  AppliedScope,
  ApplyOptions,
  EffectiveDocuments,
  NewRevision,
  Revision,
  RevisionSource,
  RevisionStore,
  RollbackTarget,
} from '../../src/control-plane/revisions/revision-store.ts'
import { actorName } from '../../src/platform/access/actor.ts'
import type { Actor } from '../../src/platform/access/actor.ts'
import type { TenantStore } from '../../src/platform/tenants/tenant-store.ts'
import { headsByName, MemoryPlanStore } from './memory-plan-store.ts'
import { MemoryQuarantineStore } from './memory-quarantine-store.ts'

const at = '2026-01-01T00:00:00.000Z'

interface Active {
  readonly revision: Revision
  readonly by: string
}

interface Change extends Pick<Activation, 'kind' | 'by' | 'reason' | 'planId'> {
  readonly revision: Revision
}

/** Revisions in memory, over the tenants of a store, with the plans and quarantines that applies look at. */
export class MemoryRevisionStore implements RevisionStore {
  readonly plans: MemoryPlanStore
  readonly quarantine: MemoryQuarantineStore
  readonly #tenants: Pick<TenantStore, 'bySlug' | 'list'>
  readonly #active = new Map<string, Active>()
  readonly #revisions = new Map<string, Revision>()
  readonly #documents = new Map<string, StoredDocument>()
  readonly #history: Activation[] = []

  constructor(tenants: Pick<TenantStore, 'bySlug' | 'list'>, now: () => number = Date.now) {
    this.#tenants = tenants
    this.plans = new MemoryPlanStore(tenants, now)
    this.quarantine = new MemoryQuarantineStore(tenants)
  }

  async apply(
    revisions: readonly NewRevision[],
    source: RevisionSource,
    actor: Actor,
    reason: string | null,
    options: ApplyOptions = {},
  ): Promise<readonly AppliedScope[]> {
    for (const { scope } of [...revisions, ...(options.base ?? [])]) await this.#require(scope)
    const heads = this.#heads()
    if (options.planId !== undefined) this.plans.carryOut(options.planId, heads, actor)
    const moved = movedScopes(options.base ?? [], revisions, heads)
    if (moved.length > 0) throw planStale(moved)
    this.#requireUnquarantined(revisions, options.overrideQuarantine ?? false, reason)
    for (const { documents } of options.keep ?? [])
      for (const document of documents) this.#documents.set(document.digest, document)
    const { kind = 'apply', planId = null } = options
    const by = actorName(actor)
    return revisions.map((revision) => {
      const stored = this.#store(revision, source, by)
      return this.#activate({ revision: stored, kind, by, reason, planId })
    })
  }

  async rollback(
    targets: readonly RollbackTarget[],
    actor: Actor,
    reason: string,
    options: Pick<ApplyOptions, 'overrideQuarantine' | 'keep' | 'base'> = {},
  ): Promise<readonly AppliedScope[]> {
    const found: Revision[] = []
    for (const { scope, to } of targets) {
      await this.#require(scope)
      const digest = to === 'previous' ? this.#previous(scope) : to
      const revision = digest === null ? null : await this.revision(scope, digest)
      if (revision === null) throw revisionNotFound(scope, to)
      found.push(revision)
    }
    const moved = movedScopes(options.base ?? [], found, this.#heads())
    if (moved.length > 0) throw planStale(moved)
    for (const { documents } of options.keep ?? [])
      for (const document of documents) this.#documents.set(document.digest, document)
    this.#requireUnquarantined(found, options.overrideQuarantine ?? false, reason)
    const by = actorName(actor)
    return found.map((revision) => this.#activate({ revision, kind: 'rollback', by, reason, planId: null }))
  }

  async previous(scope: Scope): Promise<string | null> {
    await this.#require(scope)
    return this.#previous(scope)
  }

  async effective(tenantId: string, workspace: string): Promise<EffectiveDocuments> {
    const visible = (await this.active(tenantId)).filter(
      ({ scope }) => scope.level !== 'workspace' || scope.workspace === workspace,
    )
    const layers = visible.map(({ scope, documents }) => ({ scope, documents }))
    return {
      digest: bundleDigest(visible),
      layers,
      documents: layers.flatMap(({ documents }) => documents),
    }
  }

  async effectiveByDigest(tenantId: string, digest: string): Promise<readonly Revision[] | null> {
    const slug = await this.#slug(tenantId)
    const steps = this.#history.filter(({ scope }) => isSeen(scope, slug))
    const chosen = findBundle(steps, digest)
    return (
      chosen?.flatMap(({ scope, digest: one }) => this.#revisions.get(`${scopeName(scope)} ${one}`) ?? []) ??
      null
    )
  }

  async document(_tenantId: string, digest: string): Promise<StoredDocument | null> {
    return this.#documents.get(digest) ?? null
  }

  async active(tenantId: string | null): Promise<readonly Revision[]> {
    const slug = await this.#slug(tenantId)
    return [...this.#active.values()]
      .map(({ revision }) => revision)
      .filter(({ scope }) => isSeen(scope, slug))
  }

  async heads(tenantIds: readonly string[]): Promise<readonly ActiveHead[]> {
    const slugs = await Promise.all(tenantIds.map(async (id) => this.#slug(id)))
    return [...this.#heads().values()].filter(
      ({ scope }) => scope.level === 'global' || slugs.includes(scope.tenant),
    )
  }

  async revision(scope: Scope, digest: string): Promise<Revision | null> {
    await this.#require(scope)
    if (!isDigestPrefix(digest)) throw revisionAmbiguous(scope, digest)
    const prefix = `${scopeName(scope)} ${digest}`
    const found = [...this.#revisions].filter(([key]) => key.startsWith(prefix))
    if (found.length > 1) throw revisionAmbiguous(scope, digest)
    return found[0]?.[1] ?? null
  }

  async activations({ tenantId, scope, beforeId, limit }: ActivationQuery): Promise<readonly Activation[]> {
    if (scope !== undefined) await this.#require(scope)
    const slug = tenantId === undefined ? undefined : await this.#slug(tenantId)
    return this.#history
      .filter((one) => beforeId === undefined || BigInt(one.id) < BigInt(beforeId))
      .filter((one) => scope === undefined || scopeName(one.scope) === scopeName(scope))
      .filter((one) => scope !== undefined || tenantId === undefined || isSeen(one.scope, slug))
      .toReversed()
      .slice(0, limit)
  }

  /** What the start of a plan's rollout does to the plan. */
  rollOut(planId: string, actor: Actor, again: boolean): void {
    this.plans.rollOut(planId, this.#heads(), actor, again)
  }

  #store(revision: NewRevision, source: RevisionSource, createdBy: string): Revision {
    const { scope, digest, documents, places = {} } = revision
    const key = `${scopeName(scope)} ${digest}`
    const id = derivedId(scopeName(scope), digest)
    const stored = { id, scope, digest, documents, source, places, createdAt: at, createdBy }
    for (const document of documents) this.#documents.set(document.digest, document)
    if (!this.#revisions.has(key)) this.#revisions.set(key, stored)
    return this.#revisions.get(key) ?? stored
  }

  #activate({ revision, kind, by, reason, planId }: Change): AppliedScope {
    const { scope, digest, source } = revision
    const previousDigest = this.#active.get(scopeName(scope))?.revision.digest ?? null
    if (previousDigest === digest) return { scope, digest, previousDigest, changed: false }
    this.#active.set(scopeName(scope), { revision, by })
    const id = String(this.#history.length + 1)
    this.#history.push({ id, scope, digest, previousDigest, kind, at, by, reason, planId, source })
    return { scope, digest, previousDigest, changed: true }
  }

  #heads(): ReadonlyMap<string, ActiveHead> {
    return headsByName(
      [...this.#active.values()].map(({ revision: { scope, digest, source }, by }) => ({
        scope,
        digest,
        source,
        activatedAt: at,
        activatedBy: by,
      })),
    )
  }

  #previous(scope: Scope): string | null {
    const active = this.#active.get(scopeName(scope))?.revision.digest
    const change = this.#history.findLast(
      (one) => scopeName(one.scope) === scopeName(scope) && one.digest === active && one.kind !== 'rollback',
    )
    return change?.previousDigest ?? null
  }

  #requireUnquarantined(
    revisions: readonly Pick<NewRevision, 'scope' | 'digest'>[],
    override: boolean,
    reason: string | null,
  ): void {
    for (const { scope, digest } of revisions) {
      const found = this.quarantine.find(scope, digest)
      if (found === null || this.#active.get(scopeName(scope))?.revision.digest === digest) continue
      if (!override) throw revisionQuarantined(scope, found)
      if (reason === null || reason.trim() === '')
        throw new NxError('usage', 'NX-REASON-REQUIRED', 'Overriding a quarantine needs a reason')
    }
  }

  async #require(scope: Scope): Promise<void> {
    if (scope.level !== 'global' && (await this.#tenants.bySlug(scope.tenant)) === null)
      throw new NxError('not_found', 'NX-TENANT-NOT-FOUND', `There is no tenant '${scope.tenant}'`)
  }

  async #slug(tenantId: string | null): Promise<string | undefined> {
    return (await this.#tenants.list()).find(({ id }) => id === tenantId)?.slug
  }
}

function isSeen(scope: Scope, tenant: string | undefined): boolean {
  return scope.level === 'global' || scope.tenant === tenant
}
