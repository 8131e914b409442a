import { NxError } from '../../kernel/errors.ts'
import { nearestName } from '../../kernel/nearest-name.ts'
import type { Actor, Permission } from '../access/actor.ts'
import { requirePermission } from '../access/actor.ts'
import type { Tenant } from './tenant.ts'
import type { TenantStore } from './tenant-store.ts'

/**
 * The tenant with this slug, on which the actor has the permission. Throws NX-TENANT-NOT-FOUND or NX-DENIED; to a token of another
 * tenant one that exists and one that does not look the same.
 */
export async function findTenant(
  tenants: Pick<TenantStore, 'bySlug' | 'list'>,
  actor: Actor,
  permission: Permission,
  slug: string,
): Promise<Tenant> {
  const tenant = await tenants.bySlug(slug)
  if (tenant !== null && (actor.kind !== 'token' || actor.tenantId === tenant.id)) {
    requirePermission(actor, permission, tenant.id)
    return tenant
  }
  const others = actor.kind === 'local' ? (await tenants.list()).map((other) => other.slug) : []
  const meant = nearestName(slug, others)
  throw new NxError('not_found', 'NX-TENANT-NOT-FOUND', `There is no tenant '${slug}'`, {
    fix: meant === null ? 'List the tenants with `neuronx tenant list`.' : `Did you mean '${meant}'?`,
  })
}
