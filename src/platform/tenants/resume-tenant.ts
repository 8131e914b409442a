import type { Actor } from '../access/actor.ts'
import { findTenant } from './find-tenant.ts'
import type { Tenant } from './tenant.ts'
import type { TenantStore } from './tenant-store.ts'

/**
 * Lets a suspended tenant's events in again. Needs tenant.manage on the installation or
 * the tenant. One that is so already is left as it is. Throws NX-DENIED, NX-TENANT-NOT-FOUND.
 */
export async function resumeTenant(
  { tenants }: { readonly tenants: TenantStore },
  actor: Actor,
  { slug, reason = null }: { readonly slug: string; readonly reason?: string | null | undefined },
): Promise<Tenant> {
  const tenant = await findTenant(tenants, actor, 'tenant.manage', slug)
  if (tenant.status === 'active') return tenant
  return tenants.update(tenant.slug, { status: 'active' }, actor, reason)
}
