import { NxError } from '../../kernel/errors.ts'
import type { Actor } from '../access/actor.ts'
import { findTenant } from './find-tenant.ts'
import type { Tenant, UnknownEventPolicy } from './tenant.ts'
import { requireTenantName } from './tenant-names.ts'
import type { TenantStore } from './tenant-store.ts'

export interface UpdateTenantRequest {
  readonly slug: string
  readonly name?: string | undefined
  readonly unknownEvents?: UnknownEventPolicy | undefined
  readonly reason?: string | null | undefined
}

/**
 * Changes a tenant's name or what happens to its unknown events. Needs tenant.manage on it. Throws NX-DENIED, NX-TENANT-NOT-FOUND,
 * NX-TENANT-NAME, and NX-TENANT-NO-CHANGE (usage) when nothing is to be changed.
 */
export async function updateTenant(
  { tenants }: { readonly tenants: TenantStore },
  actor: Actor,
  { slug, name, unknownEvents, reason = null }: UpdateTenantRequest,
): Promise<Tenant> {
  const tenant = await findTenant(tenants, actor, 'tenant.manage', slug)
  if (name === undefined && unknownEvents === undefined) {
    throw new NxError('usage', 'NX-TENANT-NO-CHANGE', 'Nothing to change was given', {
      fix: 'Give a name, or what should happen to unknown events.',
    })
  }
  const change = {
    ...(name === undefined ? {} : { name: requireTenantName(name) }),
    ...(unknownEvents === undefined ? {} : { unknownEvents }),
  }
  return tenants.update(tenant.slug, change, actor, reason)
}
