import { requirePermission } from '../../platform/access/actor.ts'
import type { Operator } from '../operator.ts'
import { permittedTenant } from '../permitted-tenant.ts'
import { statusOf } from './describe-rollout.ts'
import { visibleTenant } from './find-rollout.ts'
import type { RolloutStatus } from './rollout-status.ts'

export interface ListRequest {
  /** A slug; null: of every tenant that the actor may see. */
  readonly tenant: string | null
  /** Only those under way. */
  readonly live: boolean
  readonly limit: number
}

/** Rollouts without their figures, newest first. Throws NX-DENIED, NX-TENANT-NOT-FOUND. */
export async function listRollouts(
  operator: Pick<Operator, 'actor' | 'rollouts' | 'tenants'>,
  { tenant, live, limit }: ListRequest,
): Promise<readonly Omit<RolloutStatus, 'judged' | 'nextAction' | 'daemonsAlive'>[]> {
  const tenantId =
    tenant === null ? visibleTenant(operator) : (await permittedTenant(operator, tenant, 'config.read')).id
  requirePermission(operator.actor, 'config.read', tenantId)
  const found = await operator.rollouts.list({ tenantId, limit, ...(live ? { live: true } : {}) })
  return found.map((rollout) => {
    const { judged: _judged, nextAction: _next, daemonsAlive: _alive, ...listed } = statusOf(rollout, null, 0)
    return listed
  })
}
