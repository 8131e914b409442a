import type { Exposure } from '../../control-plane/rollout/rollout-store.ts'
import type { Rollout } from '../../control-plane/rollout/rollout.ts'
import type { Operator } from '../operator.ts'
import { visibleTenant } from './find-rollout.ts'

/** A unit that the candidate touched, with its tenant's name. */
export interface ExposedUnit extends Exposure {
  /** The tenant's slug; its id when it has gone. */
  readonly tenant: string
}

const pageSize = 500

/** Every unit that the candidate touched, in order of first touch, page by page: memory does not grow with their number. */
export async function* listExposures(
  operator: Pick<Operator, 'actor' | 'rollouts' | 'tenants'>,
  { id }: Rollout,
): AsyncGenerator<ExposedUnit> {
  const slugs = new Map((await operator.tenants.list()).map((tenant) => [tenant.id, tenant.slug]))
  const tenantId = visibleTenant(operator)
  let after: string | null = null
  do {
    const page: Awaited<ReturnType<typeof operator.rollouts.exposures>> = await operator.rollouts.exposures(
      id,
      tenantId,
      { limit: pageSize, after },
    )
    for (const exposure of page.exposures)
      yield { tenant: slugs.get(exposure.tenantId) ?? exposure.tenantId, ...exposure }
    after = page.after
  } while (after !== null)
}
