import { requirePermission } from '../../platform/access/actor.ts'
import type { Actor, Permission } from '../../platform/access/actor.ts'
import type { AlertStore } from '../../platform/alerts/alert-store.ts'
import type { Operator } from '../operator.ts'
import { permittedTenant } from '../permitted-tenant.ts'

/** Alerts of one tenant, or of the installation (tenantId null), and who works on them. */
export interface AlertScope {
  readonly alerts: AlertStore
  readonly tenantId: string | null
  readonly actor: Actor
}

/** The alerts of a tenant, or with slug null of the installation, once the actor may. Throws NX-TENANT-NOT-FOUND and NX-DENIED. */
export async function alertsOf(
  operator: Pick<Operator, 'actor' | 'tenants' | 'alerts'>,
  slug: string | null,
  permission: Extract<Permission, 'alert.read' | 'alert.manage'>,
): Promise<AlertScope> {
  const { actor, alerts } = operator
  if (slug !== null)
    return { alerts, tenantId: (await permittedTenant(operator, slug, permission)).id, actor }
  requirePermission(actor, permission, null)
  return { alerts, tenantId: null, actor }
}
