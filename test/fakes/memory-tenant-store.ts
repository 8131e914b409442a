import { NxError } from '../../src/kernel/errors.ts'
import { derivedId } from '../../src/kernel/ids.ts'
import { actorName } from '../../src/platform/access/actor.ts'
import type { Actor } from '../../src/platform/access/actor.ts'
import type { AuditEntry } from '../../src/platform/audit/audit-entry.ts'
import type { Tenant } from '../../src/platform/tenants/tenant.ts'
import type { TenantStore } from '../../src/platform/tenants/tenant-store.ts'

/** Tenants in memory, with what would stand in the audit log. */
export class MemoryTenantStore implements TenantStore {
  readonly audit: Pick<AuditEntry, 'actor' | 'action' | 'target' | 'reason'>[] = []
  readonly #tenants = new Map<string, Tenant>()

  async create(
    tenant: Pick<Tenant, 'slug' | 'name' | 'unknownEvents'>,
    actor: Actor,
    reason: string | null,
  ): Promise<Tenant> {
    if (this.#tenants.has(tenant.slug)) {
      throw new NxError('conflict', 'NX-TENANT-EXISTS', `There is a tenant '${tenant.slug}' already`)
    }
    const created: Tenant = {
      ...tenant,
      id: derivedId('tenant', tenant.slug),
      status: 'active',
      createdAt: '2026-01-01T00:00:00.000Z',
    }
    this.#tenants.set(tenant.slug, created)
    this.#wrote('tenant.create', tenant.slug, actor, reason)
    return created
  }

  async update(
    slug: string,
    change: Partial<Pick<Tenant, 'name' | 'status' | 'unknownEvents'>>,
    actor: Actor,
    reason: string | null,
  ): Promise<Tenant> {
    const tenant = this.#tenants.get(slug)
    if (tenant === undefined)
      throw new NxError('not_found', 'NX-TENANT-NOT-FOUND', `There is no tenant '${slug}'`)
    const updated = { ...tenant, ...change }
    this.#tenants.set(slug, updated)
    this.#wrote('tenant.update', slug, actor, reason)
    return updated
  }

  async list(): Promise<readonly Tenant[]> {
    return [...this.#tenants.values()]
  }

  async bySlug(slug: string): Promise<Tenant | null> {
    return this.#tenants.get(slug) ?? null
  }

  #wrote(action: string, slug: string, actor: Actor, reason: string | null): void {
    this.audit.push({ actor: actorName(actor), action, target: `tenant/${slug}`, reason })
  }
}
