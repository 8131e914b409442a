import { scopeName } from '../../control-plane/documents/document.ts'
import { governingPolicy } from '../../control-plane/plan/governing-policy.ts'
import type { BehaviourDiff, PlanReport } from '../../control-plane/plan/plan-report.ts'
import { savePlan } from '../../control-plane/plan/apply-plan.ts'
import { worldAbove } from './world-above.ts'
import type { SavedPlan } from '../../control-plane/revisions/plan-store.ts'
import { planClosed, planNotFound, planUnapproved } from '../../control-plane/revisions/revision-errors.ts'
import type { AppliedScope, Revision } from '../../control-plane/revisions/revision-store.ts'
import { severalTenants } from '../../control-plane/rollout/rollout-errors.ts'
import type { ResolvedPolicy, RiskClass } from '../../control-plane/rollout/policy/resolved-policy.ts'
import { rolloutReasonMax } from '../../control-plane/rollout/state/act-on-rollout.ts'
import { approversToStart } from '../../control-plane/rollout/state/start-rollout.ts'
import type { Rollout, RolloutScope } from '../../control-plane/rollout/rollout.ts'
import { parseDuration } from '../../kernel/duration.ts'
import { NxError } from '../../kernel/errors.ts'
import type { Actor } from '../../platform/access/actor.ts'
import { requirePermission } from '../../platform/access/actor.ts'
import { documentKinds } from '../kinds.ts'
import type { Operator } from '../operator.ts'
import { planned } from '../plan/plan-config.ts'

export interface BeginRequest {
  readonly source:
    | {
        readonly from: 'directory'
        readonly directory: string
        /** RFC 3339: predict signals by a backtest of what was recorded from then on. */
        readonly backtestFrom: string | null
        readonly backtestReport: string | null
      }
    | { readonly from: 'plan'; readonly id: string }
    | ({ readonly from: 'planned' } & Planned)
  readonly reason: string | null
  /** Roll quarantined revisions out all the same; needs a reason. */
  readonly overrideQuarantine?: boolean
  note(text: string): void
}

export interface BegunRollout {
  readonly rollout: Rollout
  /** Scopes that had nothing before: there is no baseline to compare with, they are active already. */
  readonly activated: readonly AppliedScope[]
}

/** What would be rolled out, and how: looked at first, then carried out. */
export interface ReadyRollout {
  readonly report: PlanReport
  readonly policy: ResolvedPolicy
  readonly risk: RiskClass
  /** How many people must approve before it begins. */
  readonly approvers: number
  /** By signal: the share of units that the plan's backtest predicts. */
  readonly predictions: Readonly<Record<string, number>>
  begin(): Promise<BegunRollout>
}

/** How long the plan that a start makes of a directory is kept. */
export const planKeptForMs = parseDuration('24h')

/**
 * Gets ready to roll out what a directory or a saved plan would change, under the policy that governs the uppermost changed scope; changes
 * nothing before `begin` is called. Needs config.apply on the installation. Throws what `makePlan` throws; NX-PLAN-NOT-FOUND,
 * NX-PLAN-APPLIED, NX-PLAN-EXPIRED, NX-PLAN-STALE; NX-ROLLOUT-NOTHING (nothing would change, or nothing was active before), NX-ROLLOUT-SCOPES (of several tenants). `begin`
 * throws NX-PLAN-UNAPPROVED (scopes that would be active at once need approval) and what the store's `start` throws.
 */
export async function readyRollout(operator: Operator, request: BeginRequest): Promise<ReadyRollout> {
  requirePermission(operator.actor, 'config.apply', null)
  const { report, save } = await planOf(operator, request)
  const changed = report.scopes.filter((scope) => scope.changed)
  if (!changed.some(({ base }) => base !== null)) throw nothingToCompare(changed.length, report)
  requireOneOwner(changed)
  const tenants = new Map((await operator.tenants.list()).map(({ slug, id }) => [slug, id]))
  const policy = await policyOf(operator, changed, tenants, request)
  const risk = report.risk.class === 'none' ? 'low' : report.risk.class
  const predictions = predictionsOf(report.behaviour, policy)
  return {
    ...{ report, policy, risk, predictions },
    approvers: approversToStart(policy, risk),
    begin: async () => {
      const plan = await save()
      const scopes = await compared(operator, plan, changed, tenants)
      const activated = await activateNew(operator, plan, changed, request)
      const { reason, overrideQuarantine = false } = request
      const rollout = await operator.rollouts.start(
        { ...{ scopes, policy, risk, predictions, reason, overrideQuarantine }, planId: plan.id },
        operator.actor,
      )
      return { rollout: await approvedByPlan(operator, rollout, plan), activated }
    },
  }
}

/** A plan that is not in the database yet. */
export interface Planned {
  readonly report: PlanReport
  /** The plan with its candidate's revisions in the database, inactive. */
  save(): Promise<SavedPlan>
}

async function planOf(operator: Operator, { source, note }: BeginRequest): Promise<Planned> {
  if (source.from === 'directory') {
    const made = await planned(operator, { ...source, note })
    const expiresAt = new Date(operator.clock.now().getTime() + planKeptForMs).toISOString()
    const save = async (): Promise<SavedPlan> => savePlan(operator.plans, operator.actor, made, expiresAt)
    return { report: made.report, save }
  }
  if (source.from === 'planned') return source
  const saved = await operator.plans.plan(source.id)
  if (saved === null) throw planNotFound(source.id)
  const isExpired = Date.parse(saved.expiresAt) <= operator.clock.now().getTime()
  if (saved.status.state !== 'open' || isExpired) throw planClosed(saved)
  return { report: saved.report as unknown as PlanReport, save: async () => saved }
}

/** Before anything is saved or activated: the store refuses it too. */
function requireOneOwner(changed: PlanReport['scopes']): void {
  const owners = new Set(changed.flatMap(({ scope, base }) => (base === null ? [] : [scope.split('/')[1]])))
  if (owners.size <= 1 || owners.has(undefined)) return
  throw severalTenants([...owners].join(', '))
}

async function compared(
  { revisions }: Operator,
  plan: SavedPlan,
  changed: PlanReport['scopes'],
  tenants: ReadonlyMap<string, string>,
): Promise<readonly RolloutScope[]> {
  const scopes: RolloutScope[] = []
  for (const { scope } of plan.candidate) {
    const wanted = changed.find((one) => one.scope === scopeName(scope))
    if (wanted === undefined || wanted.base === null) continue
    const [baseline, candidate] = await Promise.all([
      revisions.revision(scope, wanted.base),
      revisions.revision(scope, wanted.candidate),
    ])
    scopes.push({
      scope,
      tenantId: scope.level === 'global' ? null : (tenants.get(scope.tenant) ?? null),
      baseline: refOf(baseline, wanted.scope, wanted.base),
      candidate: refOf(candidate, wanted.scope, wanted.candidate),
    })
  }
  return scopes
}

function refOf(revision: Revision | null, scope: string, digest: string): RolloutScope['baseline'] {
  if (revision !== null) return { revisionId: revision.id, digest: revision.digest }
  throw new NxError('not_found', 'NX-REVISION-NOT-FOUND', `${scope} has no revision '${digest}'`, {
    fix: 'Plan again: neuronx config plan DIR --save',
  })
}

async function policyOf(
  { revisions }: Operator,
  changed: PlanReport['scopes'],
  tenants: ReadonlyMap<string, string>,
  { note }: BeginRequest,
): Promise<ResolvedPolicy> {
  const names = changed.filter(({ base }) => base !== null).map(({ scope }) => scope)
  const world = await worldAbove(revisions, names, tenants)
  const depth = (name: string): number => name.split('/').length
  const [uppermost = 'global', ...others] = names.toSorted((a, b) => depth(a) - depth(b))
  const policy = governingPolicy(world, uppermost, documentKinds)
  const differing = others.filter((name) => {
    const { name: own } = governingPolicy(world, name, documentKinds)
    return own !== policy.name
  })
  if (differing.length > 0) {
    const which = policy.name ?? 'the defaults'
    note(`Under ${which}, which governs ${uppermost}; other policies govern ${differing.join(', ')}.`)
  }
  return policy
}

async function activateNew(
  { revisions, plans, actor }: Operator,
  plan: SavedPlan,
  changed: PlanReport['scopes'],
  { reason, overrideQuarantine = false }: BeginRequest,
): Promise<readonly AppliedScope[]> {
  const fresh = new Set(changed.flatMap(({ scope, base }) => (base === null ? [scope] : [])))
  if (fresh.size === 0) return []
  // The rollout waits for its approvals; what has no baseline would not.
  if (plan.approvals.length < plan.approvers) throw planUnapproved(plan)
  const candidates = (await plans.candidate(plan.id)).filter(({ scope }) => fresh.has(scopeName(scope)))
  const base = plan.base.filter(({ scope }) => fresh.has(scopeName(scope)))
  return await revisions.apply(candidates, plan.source, actor, reason, { base, overrideQuarantine })
}

/** The rates that the backtests predict for the signals that the policy compares with them, over all their units. */
function predictionsOf(
  behaviour: readonly BehaviourDiff[],
  { signals }: ResolvedPolicy,
): Record<string, number> {
  const predictions: Record<string, number> = {}
  for (const name of Object.keys(signals)) {
    const seen = behaviour.flatMap((one) => one.signals?.filter((signal) => signal.name === name) ?? [])
    const units = seen.reduce((sum, signal) => sum + signal.units, 0)
    const count = seen.reduce((sum, signal) => sum + signal.count, 0)
    if (units > 0 && count <= units) predictions[name] = count / units
  }
  return predictions
}

/** Who approved the plan has approved this: nobody is asked twice for the same thing, and the ledger names them. */
async function approvedByPlan({ rollouts }: Operator, rollout: Rollout, plan: SavedPlan): Promise<Rollout> {
  let current = rollout
  for (const { by, reason } of plan.approvals) {
    if (current.state.state !== 'pending_approval') break
    if (current.state.approvedBy.includes(by) || by === current.startedBy) continue
    const why = `approved plan ${plan.id}${reason === null ? '' : `: ${reason}`}`.slice(0, rolloutReasonMax)
    const action = { action: 'approve', by, reason: why, step: null } as const
    current = await rollouts.act(current.id, action, approverOf(by))
  }
  return current
}

/** The actor that `actorName` wrote down: the store names whoever acts by it, and asks nothing else of it. */
function approverOf(name: string): Actor {
  const [kind, rest] = [name.slice(0, name.indexOf(':')), name.slice(name.indexOf(':') + 1)]
  if (kind === 'token') return { kind, tokenId: rest, tenantId: '', workspace: '', role: 'engineer' }
  return kind === 'daemon' ? { kind, name: rest } : { kind: 'local', user: rest, role: 'owner' }
}

function nothingToCompare(changed: number, { source }: PlanReport): NxError {
  const directory = source.directory
  if (changed === 0) {
    return new NxError(
      'conflict',
      'NX-ROLLOUT-NOTHING',
      'Nothing would change: there is nothing to roll out',
      {
        fix: `See what is active: neuronx config diff ${directory}`,
      },
    )
  }
  return new NxError('conflict', 'NX-ROLLOUT-NOTHING', 'Nothing was active before: there is no baseline', {
    detail: 'A rollout compares with what is active; in these scopes nothing is.',
    fix: `Apply it: neuronx config apply ${directory}`,
  })
}
