import type { Actor } from '../access/actor.ts'
import { findTenant } from './find-tenant.ts'
import type { Tenant } from './tenant.ts'
import type { TenantStore } from './tenant-store.ts'

/** One tenant. Needs tenant.read on it. Throws NX-DENIED, NX-TENANT-NOT-FOUND. */
export async function showTenant(
  { tenants }: { readonly tenants: Pick<TenantStore, 'bySlug' | 'list'> },
  actor: Actor,
  { slug }: { readonly slug: string },
): Promise<Tenant> {
  return findTenant(tenants, actor, 'tenant.read', slug)
}
