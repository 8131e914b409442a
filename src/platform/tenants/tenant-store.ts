import type { Actor } from '../access/actor.ts'
import type { Tenant, UnknownEventPolicy } from './tenant.ts'

export interface TenantStore {
  /** Throws NX-TENANT-EXISTS (conflict) when the slug is taken. */
  create(
    tenant: { slug: string; name: string; unknownEvents: UnknownEventPolicy },
    actor: Actor,
    reason: string | null,
  ): Promise<Tenant>
  /** Throws NX-TENANT-NOT-FOUND. */
  update(
    slug: string,
    change: Partial<Pick<Tenant, 'name' | 'status' | 'unknownEvents'>>,
    actor: Actor,
    reason: string | null,
  ): Promise<Tenant>
  list(): Promise<readonly Tenant[]>
  /** null when there is none. */
  bySlug(slug: string): Promise<Tenant | null>
}
