import { governingPolicy } from '../../control-plane/plan/governing-policy.ts'
import type { PlanReport } from '../../control-plane/plan/plan-report.ts'
import type { World } from '../../control-plane/plan/world/configuration-world.ts'
import { documentKinds } from '../kinds.ts'
import type { Operator } from '../operator.ts'
import { worldAbove } from './world-above.ts'

type Report = Pick<PlanReport, 'scopes'>

/**
 * Does a plan become a rollout by itself? It does when a RolloutPolicy that is in force (`before`: what is active) governs a scope that
 * changes and has something to go back to. `config apply` and the sources that daemons follow both decide by this.
 */
export function rollsOut(before: World, report: Report): boolean {
  return comparable(report).some((scope) => governingPolicy(before, scope, documentKinds).name !== null)
}

/** The same for a plan that was kept: reads what is in force today. */
export async function keptPlanRollsOut(
  { revisions, tenants }: Pick<Operator, 'revisions' | 'tenants'>,
  report: Report,
): Promise<boolean> {
  const scopes = comparable(report)
  if (scopes.length === 0) return false
  const ids = new Map((await tenants.list()).map(({ slug, id }) => [slug, id]))
  return rollsOut(await worldAbove(revisions, scopes, ids), report)
}

/** Is there a scope whose change can be compared with something? Only such a change can be rolled out. */
export function hasBaseline(report: Report): boolean {
  return comparable(report).length > 0
}

function comparable({ scopes }: Report): readonly string[] {
  return scopes.flatMap(({ scope, base, changed }) => (changed && base !== null ? [scope] : []))
}
