import { writeFile } from 'node:fs/promises'
import { savePlan } from '../../control-plane/plan/apply-plan.ts'
import type { MadePlan } from '../../control-plane/plan/make-plan.ts'
import { makePlan } from '../../control-plane/plan/make-plan.ts'
import { printPlanFile } from '../../control-plane/plan/plan-file.ts'
import type { PlanReport } from '../../control-plane/plan/plan-report.ts'
import { parseDuration } from '../../kernel/duration.ts'
import { errorText, NxError } from '../../kernel/errors.ts'
import { actorName } from '../../platform/access/actor.ts'
import type { Operator } from '../operator.ts'
import { planPorts } from './plan-ports.ts'

export interface PlanRequest {
  readonly directory: string
  readonly save: boolean
  readonly out: string | null
  /** A duration, at most 30 days. */
  readonly expires: string
  /** RFC 3339: replay the event log from then on. */
  readonly backtestFrom: string | null
  readonly backtestReport: string | null
  note(text: string): void
}

export interface KeptPlan {
  readonly report: PlanReport
  readonly planId: string | null
  readonly file: string | null
  readonly expiresAt: string | null
}

/** The longest time a kept plan may wait. */
const expiresMaxMs = 30 * 24 * 3_600_000

/**
 * Makes a plan, and keeps it where that is asked for. Throws what `makePlan` throws, NX-PLAN-EXPIRES, NX-PLAN-BACKTEST, NX-PLAN-WRITE.
 */
export async function planConfig(operator: Operator, request: PlanRequest): Promise<KeptPlan> {
  const expiresAt = expiry(operator, request.expires)
  const plan = await planned(operator, request)
  let planId: string | null = null
  if (request.save) planId = (await savePlan(operator.plans, operator.actor, plan, expiresAt)).id
  if (request.out !== null) await writePlan(operator, plan, request.out, expiresAt)
  const kept = request.save || request.out !== null
  return { report: plan.report, planId, file: request.out, expiresAt: kept ? expiresAt : null }
}

/** A plan of a directory, with what a backtest says when one is asked for. */
export async function planned(
  operator: Operator,
  {
    directory,
    backtestFrom,
    backtestReport,
    note,
  }: Pick<PlanRequest, 'directory' | 'backtestFrom' | 'backtestReport' | 'note'>,
): Promise<MadePlan> {
  const ports = planPorts(operator)
  if (backtestFrom === null && backtestReport === null)
    return await makePlan(ports, operator.actor, directory)
  // Compiles configurations: loaded by the plans that replay events only.
  const { backtestPlan, readBehaviour } = await import('./plan-behaviour.ts')
  const behaviour: NonNullable<typeof ports.behaviour> = async (candidate, affected) =>
    backtestReport === null
      ? await backtestPlan(operator, { directory, from: backtestFrom ?? '' }, affected, note)
      : await readBehaviour(backtestReport, candidate)
  return await makePlan({ ...ports, behaviour }, operator.actor, directory)
}

async function writePlan(operator: Operator, plan: MadePlan, path: string, expiresAt: string): Promise<void> {
  const createdAt = operator.clock.now().toISOString()
  const text = printPlanFile(plan, { createdAt, createdBy: actorName(operator.actor), expiresAt })
  // It holds the whole configuration: nobody else's to read.
  await writeFile(path, text, { mode: 0o600 }).catch((error: unknown) => {
    throw new NxError('io', 'NX-PLAN-WRITE', 'The plan cannot be written', {
      detail: errorText(error),
      where: { file: path },
      fix: 'Give a path in a directory that exists, or use --save.',
    })
  })
}

function expiry(operator: Operator, text: string): string {
  const ms = parseDuration(text)
  if (ms > 0 && ms <= expiresMaxMs) return new Date(operator.clock.now().getTime() + ms).toISOString()
  throw new NxError('usage', 'NX-PLAN-EXPIRES', `A plan cannot wait for ${text}`, {
    fix: 'Use something above 0 and up to 30d: --expires 24h',
  })
}
