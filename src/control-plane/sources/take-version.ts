import type { Clock } from '../../kernel/clock.ts'
import type { NxError } from '../../kernel/errors.ts'
import type { Actor } from '../../platform/access/actor.ts'
import type { Finding } from '../documents/finding.ts'
import type { MadePlan, PlanPorts } from '../plan/make-plan.ts'
import { makePlan } from '../plan/make-plan.ts'
import { savePlan } from '../plan/apply-plan.ts'
import type { PlanStore } from '../revisions/plan-store.ts'
import type { AppliedScope } from '../revisions/revision-store.ts'
import type { Barred } from './barred-content.ts'
import type { DifferingScope } from './next-step.ts'
import { barredText, rollingText } from './next-step.ts'
import { retryDelayMs } from './retry-delay.ts'
import { shownFinding, shownPlan } from './shown-candidate.ts'
import type { ConfigSource, SourceMemory, SourceOutcome } from './source.ts'
import { findingsKept } from './source.ts'
import { isAboutSource, sourceMoving } from './source-errors.ts'
import type { SourceCheckout, SourceHead } from './source-reader.ts'
import type { SourceRollouts } from './source-rollouts.ts'
import { rolloutsOf } from './source-rollouts.ts'

/** What carrying out a plan led to. */
export interface CarriedOut {
  readonly scopes: readonly AppliedScope[]
  /** Rollouts that it began; what they change is not active yet. */
  readonly rollouts: readonly string[]
}

export interface TakePorts {
  readonly plan: PlanPorts
  readonly plans: Pick<PlanStore, 'save' | 'plan'>
  readonly clock: Clock
  /** Is all that it changes a rollout? The rollout itself asks for approval then. */
  rollsOut(plan: MadePlan): boolean
  /** Applies a plan by the rollout policy. Throws what applying throws. */
  carryOut(plan: MadePlan, actor: Actor, reason: string): Promise<CarriedOut>
  /** The same for a plan that waits in the database. */
  carryOutSaved(planId: string, actor: Actor, reason: string): Promise<CarriedOut>
  readonly rollouts: SourceRollouts
}

export interface Taking {
  readonly source: ConfigSource
  readonly head: SourceHead
  readonly checkout: SourceCheckout
  readonly memory: SourceMemory
  readonly restore: readonly DifferingScope[]
  readonly actor: Actor
  readonly barred: Barred
}

/** How often a plan is made anew because somebody applied something else meanwhile. */
const plansMax = 3
const approvalMs = 7 * 86_400_000

/**
 * Plans a version and carries it out, as `config plan` and `config apply` do. What is wrong with it comes back as an outcome; only
 * trouble that the source has no part in (the database, a bug) is thrown.
 */
export async function takeVersion(ports: TakePorts, taking: Taking): Promise<SourceOutcome> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await takeOnce(ports, taking)
    } catch (error) {
      if (!isAboutSource(error)) throw error
      if (error.code === 'NX-PLAN-STALE' && attempt < plansMax) continue
      return refused(ports, taking, error)
    }
  }
}

async function takeOnce(ports: TakePorts, taking: Taking): Promise<SourceOutcome> {
  const { checkout, actor, head, memory } = taking
  const sourceOf = async () => Promise.resolve(checkout.source)
  const plan = shownPlan(await makePlan({ ...ports.plan, sourceOf }, actor, checkout.directory), checkout)
  if (!(await checkout.isCurrent())) throw sourceMoving(checkout.source.directory)
  const { scopes, risk } = plan.report
  const wanted = {
    version: head.version,
    scopes: Object.fromEntries(scopes.map(({ scope, candidate }) => [scope, candidate])),
  }
  const next: SourceMemory = {
    ...memory,
    ...{ seen: head.version, wanted, planId: null, rollouts: [], attempts: 0, retryAt: null },
    restored: memory.wanted?.version === head.version ? memory.restored : {},
  }
  const changed = scopes.filter((scope) => scope.changed)
  if (changed.length === 0) return inSync(ports, taking, next, 'is active')
  for (const { scope, candidate } of changed) {
    const barred = await taking.barred(scope, candidate)
    if (barred !== null) return outcome('quarantined', barredText(head.name, { scope, barred }), next)
  }
  const contents = new Map(changed.map(({ scope, candidate }) => [scope, candidate]))
  const running = await rolloutsOf(ports.rollouts, contents)
  if (running.length > 0) return rolling(ports, taking, next, running)
  if (risk.approvers > 0 && !ports.rollsOut(plan)) return await approved(ports, taking, plan, next)
  return carried(ports, taking, next, await ports.carryOut(plan, actor, reasonOf(taking)))
}

/** A change that others must approve waits as a saved plan, until it is approved, stale or expired. */
async function approved(
  ports: TakePorts,
  taking: Taking,
  plan: MadePlan,
  next: SourceMemory,
): Promise<SourceOutcome> {
  const { actor, head, memory } = taking
  const saved = memory.planId === null ? null : await ports.plans.plan(memory.planId)
  const open = saved?.status.state === 'open' && saved.digest === plan.report.digest
  const alive = open && Date.parse(saved.expiresAt) > ports.clock.now().getTime()
  if (alive && saved.approvals.length >= saved.approvers)
    return carried(ports, taking, next, await ports.carryOutSaved(saved.id, actor, reasonOf(taking)))
  const expiresAt = new Date(ports.clock.now().getTime() + approvalMs).toISOString()
  const waiting = alive ? saved : await savePlan(ports.plans, actor, plan, expiresAt)
  const { approvals, approvers, id } = waiting
  const text = `${head.name} waits for approval (${approvals.length} of ${approvers}): neuronx config apply --plan ${id} --approve`
  return outcome('pending', text, { ...next, planId: id })
}

function carried(ports: TakePorts, taking: Taking, next: SourceMemory, done: CarriedOut): SourceOutcome {
  const { restore, memory } = taking
  const put = Object.fromEntries(restore.map(({ scope, active }) => [scope, active ?? 'nothing']))
  const restored = restore.length === 0 ? next.restored : { ...memory.restored, ...put }
  if (done.rollouts.length > 0) return rolling(ports, taking, { ...next, restored }, done.rollouts)
  const [first] = restore
  const how = first === undefined ? 'is active' : `was put back: ${first.scope} had been changed ${first.by}`
  return inSync(ports, taking, { ...next, restored }, how)
}

function inSync(
  { clock }: Pick<TakePorts, 'clock'>,
  { head }: Taking,
  next: SourceMemory,
  how: string,
): SourceOutcome {
  const rewritten = head.rewritten
    ? '; the branch was rewritten: what was followed before is not part of it'
    : ''
  const applied = { version: head.version, at: clock.now().toISOString() }
  return outcome('in_sync', `${head.name} ${how}${rewritten}`, { ...next, applied })
}

function rolling(
  { clock }: Pick<TakePorts, 'clock'>,
  { head }: Taking,
  next: SourceMemory,
  rollouts: readonly string[],
): SourceOutcome {
  const applied = { version: head.version, at: clock.now().toISOString() }
  return outcome('rolling', rollingText(head.name, rollouts), { ...next, rollouts, applied })
}

/** The last good revision stays; the same version is tried again after a growing while. */
function refused({ clock }: TakePorts, taking: Taking, error: NxError): SourceOutcome {
  const { head, memory, source, checkout } = taking
  const attempts = (memory.seen === head.version ? memory.attempts : 0) + 1
  const retryAt = new Date(clock.now().getTime() + retryDelayMs(source.intervalMs, attempts)).toISOString()
  const next: SourceMemory = { ...memory, seen: head.version, attempts, retryAt }
  const detail = error.detail === undefined ? '' : `: ${error.detail.split('\n')[0] ?? ''}`
  const message = `${head.name} is not applied: ${error.message}${detail}`.replaceAll(
    `${checkout.directory}/`,
    checkout.shownAs === '' ? '' : `${checkout.shownAs}/`,
  )
  const waits = [
    'NX-PLAN-STALE',
    'NX-SOURCE-MOVING',
    'NX-ROLLOUT-BUSY',
    'NX-ROLLOUT-OVERTAKEN',
    'NX-PLAN-UNAPPROVED',
  ]
  const state =
    error.code === 'NX-REVISION-QUARANTINED'
      ? 'quarantined'
      : waits.includes(error.code)
        ? 'pending'
        : 'broken'
  const findings = findingsOf(error).slice(0, findingsKept)
  return {
    ...outcome(state, message, next),
    code: error.code,
    findings: findings.map((finding) => shownFinding(finding, checkout)),
  }
}

function findingsOf(error: NxError): readonly Finding[] {
  if (!('findings' in error) || !Array.isArray(error.findings)) return []
  return (error.findings as readonly Finding[]).filter(({ severity }) => severity === 'error')
}

export function outcome(state: SourceOutcome['state'], message: string, memory: SourceMemory): SourceOutcome {
  return { state, code: null, message, findings: [], memory }
}

function reasonOf({ source, head, restore }: Taking): string {
  const text = source.reason ?? `${head.name}${head.subject === null ? '' : `: ${head.subject}`}`
  return restore.length === 0 ? text : `${text} (put back)`
}
