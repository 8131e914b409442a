import { scopeName } from '../../control-plane/documents/document.ts'
import { governingPolicy } from '../../control-plane/plan/governing-policy.ts'
import type { BehaviourDiff, PlanReport } from '../../control-plane/plan/plan-report.ts'
import { requireNobodyBlocked, savePlan } from '../../control-plane/plan/apply-plan.ts'
import { worldAbove } from './world-above.ts'
import type { SavedPlan } from '../../control-plane/revisions/plan-store.ts'
import { planClosed, planNotFound, planUnapproved } from '../../control-plane/revisions/revision-errors.ts'
import type { AppliedScope, Revision } from '../../control-plane/revisions/revision-store.ts'
import type { FreshScopes, NewRollout } from '../../control-plane/rollout/rollout-store.ts'
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
  /** Ids of the rollouts that were live when it was planned. Default: those that are live now. */
  readonly seen?: readonly string[]
  note(text: string): void
}

export interface BegunRollouts {
  readonly rollouts: readonly Rollout[]
  /** Scopes that had nothing before: there is no baseline to compare with, they are active already. */
  readonly activated: readonly AppliedScope[]
}

/** One of the rollouts that a change becomes: a tenant's, or the only one when the global scope changes. */
export interface ReadyPart {
  /** Names of the scopes that it compares with what is active. */
  readonly scopes: readonly string[]
  readonly policy: ResolvedPolicy
  /** How many people must approve before it begins. */
  readonly approvers: number
  /** By signal: the share of units that the plan's backtest predicts. */
  readonly predictions: Readonly<Record<string, number>>
}

/** What would be rolled out, and how: looked at first, then carried out. */
export interface ReadyRollout {
  readonly report: PlanReport
  readonly risk: RiskClass
  readonly parts: readonly ReadyPart[]
  /** All of them and what is active at once, or nothing. */
  begin(): Promise<BegunRollouts>
}

/** How long the plan that a start makes of a directory is kept. */
export const planKeptForMs = parseDuration('24h')

/**
 * Gets ready to roll out what a directory or a saved plan would change, each tenant's part as a rollout of its own under the policy that
 * governs its uppermost changed scope; changes nothing before `begin` is called. Needs config.apply on the installation. Throws what
 * `makePlan` throws; NX-PLAN-NOT-FOUND, NX-PLAN-APPLIED, NX-PLAN-EXPIRED, NX-PLAN-STALE; NX-ROLLOUT-NOTHING (nothing would change, or
 * nothing was active before). `begin` throws NX-ROLLOUT-OVERTAKEN (somebody else's rollout of these scopes began meanwhile), NX-PLAN-UNAPPROVED (scopes that would be active at once need approval) and what the
 * store's `start` throws.
 */
export async function readyRollout(operator: Operator, request: BeginRequest): Promise<ReadyRollout> {
  requirePermission(operator.actor, 'config.apply', null)
  const standing = await operator.rollouts.list({ tenantId: null, live: true, limit: liveMax })
  const { report, save } = await planOf(operator, request)
  const changed = report.scopes.filter((scope) => scope.changed)
  if (!changed.some(({ base }) => base !== null)) throw nothingToCompare(changed.length, report)
  requireNobodyBlocked(report)
  const tenants = new Map((await operator.tenants.list()).map(({ slug, id }) => [slug, id]))
  const risk = report.risk.class === 'none' ? 'low' : report.risk.class
  const parts: ReadyPart[] = []
  for (const { tenant, scopes } of partsOf(changed)) {
    const policy = await policyOf(operator, scopes, tenants, request)
    const ofPart = report.behaviour.filter((one) => tenant === null || one.tenant === tenant)
    const predictions = predictionsOf(ofPart, policy)
    parts.push({ scopes, policy, predictions, approvers: approversToStart(policy, risk) })
  }
  const seen = request.seen ?? standing.map(({ id }) => id)
  noteStanding(standing, seen, changed, request)
  const begin = async (): Promise<BegunRollouts> => {
    const plan = await save()
    const fresh = await freshOf(operator, plan, changed, request)
    const { reason, overrideQuarantine = false } = request
    const rollouts: NewRollout[] = []
    for (const { scopes: names, policy, predictions } of parts) {
      const scopes = await compared(
        operator,
        plan,
        changed.filter(({ scope }) => names.includes(scope)),
        tenants,
      )
      const how = { policy, risk, predictions, reason, overrideQuarantine, seen }
      rollouts.push({ scopes, ...how, planId: plan.id })
    }
    const started = await operator.rollouts.start({ rollouts, fresh }, operator.actor)
    const approved: Rollout[] = []
    for (const rollout of started.rollouts) approved.push(await approvedByPlan(operator, rollout, plan))
    return { rollouts: approved, activated: started.activated }
  }
  return { report, risk, parts, begin }
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

/** More rollouts at once is nobody's installation. */
const liveMax = 500

/** What is under way and will have to make room is nothing to be surprised by. */
function noteStanding(
  standing: readonly Rollout[],
  seen: readonly string[],
  changed: PlanReport['scopes'],
  { note }: BeginRequest,
): void {
  const candidates = new Map(changed.map(({ scope, candidate }) => [scope, candidate]))
  for (const { id, scopes, startedBy, state } of standing) {
    const others = scopes.filter(({ scope, candidate }) => {
      const wanted = candidates.get(scopeName(scope))
      return wanted !== undefined && wanted !== candidate.digest
    })
    if (others.length === 0 || !seen.includes(id)) continue
    note(`Takes the place of rollout ${id}, which ${startedBy} started; it is ${state.state}.`)
  }
}

/** What the changed scopes that have a baseline become: one rollout with the global scope and all below it, or one for each tenant. */
function partsOf(
  changed: PlanReport['scopes'],
): ReadonlyArray<{ readonly tenant: string | null; readonly scopes: readonly string[] }> {
  const names = changed.flatMap(({ scope, base }) => (base === null ? [] : [scope]))
  if (names.includes('global')) return [{ tenant: null, scopes: names }]
  const byTenant = Map.groupBy(names, (name) => name.split('/')[1] ?? '')
  return [...byTenant].map(([tenant, scopes]) => ({ tenant, scopes }))
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
  names: readonly string[],
  tenants: ReadonlyMap<string, string>,
  { note }: BeginRequest,
): Promise<ResolvedPolicy> {
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

async function freshOf(
  { plans }: Operator,
  plan: SavedPlan,
  changed: PlanReport['scopes'],
  { reason, overrideQuarantine = false }: BeginRequest,
): Promise<FreshScopes | null> {
  const names = new Set(changed.flatMap(({ scope, base }) => (base === null ? [scope] : [])))
  if (names.size === 0) return null
  // A rollout waits for its approvals; what has no baseline would not.
  if (plan.approvals.length < plan.approvers) throw planUnapproved(plan)
  const revisions = (await plans.candidate(plan.id)).filter(({ scope }) => names.has(scopeName(scope)))
  const base = plan.base.filter(({ scope }) => names.has(scopeName(scope)))
  return { revisions, base, source: plan.source, reason, overrideQuarantine }
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
