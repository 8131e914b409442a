import type { MadePlan } from '../../control-plane/plan/make-plan.ts'
import { applyMadePlan, applySavedPlan, savePlan } from '../../control-plane/plan/apply-plan.ts'
import type { PlanReport } from '../../control-plane/plan/plan-report.ts'
import type { SavedPlan } from '../../control-plane/revisions/plan-store.ts'
import type { CarriedOut } from '../../control-plane/sources/take-version.ts'
import type { Operator } from '../operator.ts'
import type { BeginRequest } from '../rollout/ready-rollout.ts'
import { readyRollout } from '../rollout/ready-rollout.ts'
import { keptPlanRollsOut, rollsOut } from '../rollout/rolls-out.ts'

/** A plan that is carried out in its own process lives no longer than that. */
const planMs = 3_600_000

/** Is all that a plan changes a rollout, which asks for approvals itself? What nothing was active of before is active at once. */
export function allRollsOut({ candidate, report }: MadePlan): boolean {
  const fresh = report.scopes.some(({ base, changed }) => changed && base === null)
  return !fresh && rollsOut(candidate.before, report)
}

/** Carries out a plan: as a rollout where a policy governs what it changes, else at once. Throws what either throws. */
export async function carryOutPlan(operator: Operator, plan: MadePlan, reason: string): Promise<CarriedOut> {
  const { actor, clock, plans, revisions } = operator
  const { candidate, report } = plan
  if (!rollsOut(candidate.before, report)) {
    const scopes = await applyMadePlan(revisions, actor, plan, { reason, kind: 'gitops' })
    return { scopes, rollouts: [] }
  }
  const expiresAt = new Date(clock.now().getTime() + planMs).toISOString()
  const save = async (): Promise<SavedPlan> => savePlan(plans, actor, plan, expiresAt)
  return await rolledOut(operator, { from: 'planned', report, save }, reason)
}

/** The same for a plan that was approved. */
export async function carryOutSavedPlan(operator: Operator, id: string, reason: string): Promise<CarriedOut> {
  const { revisions, plans, actor } = operator
  const saved = await plans.plan(id)
  if (saved !== null && (await keptPlanRollsOut(operator, saved.report as unknown as PlanReport)))
    return await rolledOut(operator, { from: 'plan', id }, reason)
  const scopes = await applySavedPlan({ revisions, plans }, actor, id, { reason, kind: 'gitops' })
  return { scopes, rollouts: [] }
}

async function rolledOut(
  operator: Operator,
  source: BeginRequest['source'],
  reason: string,
): Promise<CarriedOut> {
  const ready = await readyRollout(operator, { source, reason, note: () => {} })
  const { rollouts, activated } = await ready.begin()
  return { scopes: activated, rollouts: rollouts.map(({ id }) => id) }
}
