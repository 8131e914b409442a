import type { Actor } from '../access/actor.ts'
import { requirePermission } from '../access/actor.ts'
import type { Tenant, UnknownEventPolicy } from './tenant.ts'
import { requireTenantName, requireTenantSlug } from './tenant-names.ts'
import type { TenantStore } from './tenant-store.ts'

export interface CreateTenantRequest {
  readonly slug: string
  /** For people; the slug when not given. */
  readonly name?: string | undefined
  /** Default: `accept`. */
  readonly unknownEvents?: UnknownEventPolicy | undefined
  readonly reason?: string | null | undefined
}

/**
 * Creates a tenant. Needs tenant.manage on the installation. Throws NX-DENIED, NX-TENANT-SLUG, NX-TENANT-NAME, NX-TENANT-EXISTS.
 */
export async function createTenant(
  { tenants }: { readonly tenants: Pick<TenantStore, 'create'> },
  actor: Actor,
  { slug, name = slug, unknownEvents = 'accept', reason = null }: CreateTenantRequest,
): Promise<Tenant> {
  requirePermission(actor, 'tenant.manage', null)
  requireTenantSlug(slug)
  return tenants.create({ slug, name: requireTenantName(name), unknownEvents }, actor, reason)
}
