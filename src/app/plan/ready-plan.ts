import { readFile } from 'node:fs/promises'
import {
  applyMadePlan,
  applyPlanFile,
  applySavedPlan,
  savePlan,
  savePlanFile,
} from '../../control-plane/plan/apply-plan.ts'
import type { ApplyPlanOptions } from '../../control-plane/plan/apply-plan.ts'
import { makePlan } from '../../control-plane/plan/make-plan.ts'
import { parsePlanFile } from '../../control-plane/plan/plan-file.ts'
import type { PlanReport } from '../../control-plane/plan/plan-report.ts'
import type { SavedPlan } from '../../control-plane/revisions/plan-store.ts'
import { planNotFound } from '../../control-plane/revisions/revision-errors.ts'
import type { AppliedScope } from '../../control-plane/revisions/revision-store.ts'
import { errorText, NxError } from '../../kernel/errors.ts'
import { requirePermission } from '../../platform/access/actor.ts'
import type { Operator } from '../operator.ts'
import type { BeginRequest, BegunRollouts } from '../rollout/ready-rollout.ts'
import { planKeptForMs, readyRollout } from '../rollout/ready-rollout.ts'
import { keptPlanRollsOut, rollsOut } from '../rollout/rolls-out.ts'
import { planPorts } from './plan-ports.ts'

export type ApplyRequest = Pick<ApplyPlanOptions, 'reason' | 'overrideQuarantine' | 'immediate'>
export type RollOutRequest = Pick<BeginRequest, 'reason' | 'overrideQuarantine' | 'note'>

/** What is to be applied, and how: looked at first, then carried out. */
export interface ReadyPlan {
  readonly report: PlanReport
  readonly planId: string | null
  /** A RolloutPolicy that is in force governs it: it becomes a rollout, unless somebody wants it at once. */
  readonly rollsOut: boolean
  apply(request: ApplyRequest): Promise<readonly AppliedScope[]>
  /** Throws what `readyRollout` and its `begin` throw. */
  rollOut(request: RollOutRequest): Promise<BegunRollouts>
}

/** A plan of a directory, ready to be applied. */
export async function readyDirectory(operator: Operator, directory: string): Promise<ReadyPlan> {
  const { actor, clock, plans, revisions } = operator
  requirePermission(actor, 'config.apply', null)
  const seen = await liveRollouts(operator)
  const made = await makePlan(planPorts(operator), actor, directory)
  const { report } = made
  const save = async (): Promise<SavedPlan> =>
    savePlan(plans, actor, made, new Date(clock.now().getTime() + planKeptForMs).toISOString())
  return {
    report,
    planId: null,
    rollsOut: rollsOut(made.candidate.before, report),
    apply: async (request) => applyMadePlan(revisions, actor, made, request),
    rollOut: async (request) =>
      begun(operator, { ...request, seen, source: { from: 'planned', report, save } }),
  }
}

/** A kept plan, by its id or as a file. Throws NX-PLAN-NOT-FOUND, NX-PLAN-FILE, NX-PLAN-EXPIRED. */
export async function readyPlan(operator: Operator, name: string): Promise<ReadyPlan> {
  requirePermission(operator.actor, 'config.apply', null)
  const saved = /^[0-9a-f-]{8,36}$/.test(name) ? await operator.plans.plan(name) : null
  return saved === null ? await readyFile(operator, name) : await readySaved(operator, saved)
}

async function readySaved(operator: Operator, saved: SavedPlan): Promise<ReadyPlan> {
  const report = saved.report as unknown as PlanReport
  const { id } = saved
  const running = saved.status.state === 'applied' ? await runningRollouts(operator, id) : null
  return {
    report,
    planId: id,
    // One that was applied is not started again: applying it says whether it still is what is active.
    rollsOut:
      running !== null || (saved.status.state === 'open' && (await keptPlanRollsOut(operator, report))),
    apply: async (request) => applySavedPlan(operator, operator.actor, id, request),
    rollOut: async (request) => running ?? begun(operator, { ...request, source: { from: 'plan', id } }),
  }
}

async function readyFile(operator: Operator, name: string): Promise<ReadyPlan> {
  const { actor, clock, plans, revisions } = operator
  const text = await readFile(name, 'utf8').catch((error: unknown) => {
    if (errorCode(error) === 'ENOENT') throw planNotFound(name)
    throw new NxError('io', 'NX-PLAN-READ', 'The plan cannot be read', {
      detail: errorText(error),
      where: { file: name },
      fix: 'Check the path, or give the id of a saved plan.',
    })
  })
  const file = parsePlanFile(text, name, clock.now())
  const { report } = file
  const save = async (): Promise<SavedPlan> => savePlanFile(plans, actor, file)
  return {
    report,
    planId: null,
    rollsOut: await keptPlanRollsOut(operator, report),
    apply: async (request) => applyPlanFile(revisions, actor, file, request),
    rollOut: async (request) => begun(operator, { ...request, source: { from: 'planned', report, save } }),
  }
}

async function begun(operator: Operator, request: BeginRequest): Promise<BegunRollouts> {
  return await (await readyRollout(operator, request)).begin()
}

/** The rollouts of a plan that go on: carrying the plan out again, as a pipeline that was run twice does, means these. */
async function runningRollouts({ rollouts }: Operator, planId: string): Promise<BegunRollouts | null> {
  const live = await rollouts.list({ tenantId: null, live: true, limit: 500 })
  const running = live.filter((one) => one.planId === planId)
  return running.length === 0 ? null : { rollouts: running.toReversed(), activated: [] }
}

/** What whoever plans now knows of: what begins later is somebody else's, who planned at the same time. */
async function liveRollouts({ rollouts }: Operator): Promise<readonly string[]> {
  return (await rollouts.list({ tenantId: null, live: true, limit: 500 })).map(({ id }) => id)
}

function errorCode(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : null
}
