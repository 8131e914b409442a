import type { Scope } from '../../src/control-plane/documents/document.ts'
import { scopeName } from '../../src/control-plane/documents/document.ts'
import type { QuarantinedRevision, QuarantineStore } from '../../src/control-plane/revisions/quarantine.ts'
import { notQuarantined } from '../../src/control-plane/revisions/revision-errors.ts'
import { NxError } from '../../src/kernel/errors.ts'
import { actorName } from '../../src/platform/access/actor.ts'
import type { Actor } from '../../src/platform/access/actor.ts'
import type { TenantStore } from '../../src/platform/tenants/tenant-store.ts'

/** Quarantined revisions in memory. */
export class MemoryQuarantineStore implements QuarantineStore {
  readonly #tenants: Pick<TenantStore, 'bySlug' | 'list'>
  readonly #rows = new Map<string, QuarantinedRevision>()

  constructor(tenants: Pick<TenantStore, 'bySlug' | 'list'>) {
    this.#tenants = tenants
  }

  async quarantine(
    revision: Pick<QuarantinedRevision, 'scope' | 'digest' | 'reason' | 'evidence'>,
    actor: Actor,
  ): Promise<void> {
    await this.#require(revision.scope)
    const key = keyOf(revision.scope, revision.digest)
    if (this.#rows.has(key)) return
    this.#rows.set(key, { ...revision, at: '2026-01-01T00:00:00.000Z', by: actorName(actor) })
  }

  async lift(scope: Scope, digest: string, _actor: Actor, _reason: string): Promise<void> {
    await this.#require(scope)
    if (!this.#rows.delete(keyOf(scope, digest))) throw notQuarantined(scope, digest)
  }

  async quarantined(tenantIds: readonly string[]): Promise<readonly QuarantinedRevision[]> {
    const slugs = (await this.#tenants.list())
      .filter(({ id }) => tenantIds.includes(id))
      .map(({ slug }) => slug)
    return [...this.#rows.values()].filter(
      ({ scope }) => scope.level === 'global' || slugs.includes(scope.tenant),
    )
  }

  /** What an apply looks up. */
  find(scope: Scope, digest: string): QuarantinedRevision | null {
    return this.#rows.get(keyOf(scope, digest)) ?? null
  }

  async #require(scope: Scope): Promise<void> {
    if (scope.level !== 'global' && (await this.#tenants.bySlug(scope.tenant)) === null)
      throw new NxError('not_found', 'NX-TENANT-NOT-FOUND', `There is no tenant '${scope.tenant}'`)
  }
}

function keyOf(scope: Scope, digest: string): string {
  return `${scopeName(scope)} ${digest}`
}
