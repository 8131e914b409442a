import type { Actor } from '../access/actor.ts'
import { findTenant } from './find-tenant.ts'
import type { Tenant } from './tenant.ts'
import type { TenantStore } from './tenant-store.ts'

/**
 * Suspends a tenant: its events are refused at the door; what was accepted is still carried out. Needs tenant.manage on the installation or
 * the tenant. One that is so already is left as it is. Throws NX-DENIED, NX-TENANT-NOT-FOUND.
 */
export async function suspendTenant(
  { tenants }: { readonly tenants: TenantStore },
  actor: Actor,
  { slug, reason = null }: { readonly slug: string; readonly reason?: string | null | undefined },
): Promise<Tenant> {
  const tenant = await findTenant(tenants, actor, 'tenant.manage', slug)
  if (tenant.status === 'suspended') return tenant
  return tenants.update(tenant.slug, { status: 'suspended' }, actor, reason)
}
