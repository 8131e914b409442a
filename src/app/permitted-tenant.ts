import { requirePermission } from '../platform/access/actor.ts'
import type { Permission } from '../platform/access/actor.ts'
import { findTenant } from '../platform/tenants/find-tenant.ts'
import type { Tenant } from '../platform/tenants/tenant.ts'
import type { Operator } from './operator.ts'

/** The tenant that an operator works on, once its actor may. Throws NX-TENANT-NOT-FOUND and NX-DENIED. */
export async function permittedTenant(
  operator: Pick<Operator, 'actor' | 'tenants'>,
  slug: string,
  permission: Permission,
): Promise<Tenant> {
  return findTenant(operator.tenants, operator.actor, permission, slug)
}

/** May the operator's actor do this to the installation as a whole? Throws NX-DENIED when not. */
export function requireInstallation(operator: Pick<Operator, 'actor'>, permission: Permission): void {
  requirePermission(operator.actor, permission, null)
}
