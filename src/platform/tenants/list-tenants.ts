import type { Actor } from '../access/actor.ts'
import { requirePermission } from '../access/actor.ts'
import type { Tenant } from './tenant.ts'
import type { TenantStore } from './tenant-store.ts'

/** The tenants that the actor may see, by slug: all of the installation, or a token's own. Needs tenant.read. Throws NX-DENIED. */
export async function listTenants(
  { tenants }: { readonly tenants: Pick<TenantStore, 'list'> },
  actor: Actor,
): Promise<readonly Tenant[]> {
  const own = actor.kind === 'token' ? actor.tenantId : null
  requirePermission(actor, 'tenant.read', own)
  const all = await tenants.list()
  return all
    .filter((tenant) => own === null || tenant.id === own)
    .toSorted((a, b) => (a.slug < b.slug ? -1 : 1))
}
