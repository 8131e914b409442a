import { scopeName } from '../../src/control-plane/documents/document.ts'
import { planRefusal } from '../../src/control-plane/revisions/plan-refusal.ts'
import type { NewPlan, PlanStore, SavedPlan } from '../../src/control-plane/revisions/plan-store.ts'
import {
  planClosed,
  planNotFound,
  planOwnApproval,
} from '../../src/control-plane/revisions/revision-errors.ts'
import type { ActiveHead, NewRevision } from '../../src/control-plane/revisions/revision-store.ts'
import { NxError } from '../../src/kernel/errors.ts'
import { newId } from '../../src/kernel/ids.ts'
import { actorName } from '../../src/platform/access/actor.ts'
import type { Actor } from '../../src/platform/access/actor.ts'
import type { TenantStore } from '../../src/platform/tenants/tenant-store.ts'

const at = '2026-01-01T00:00:00.000Z'

/** Saved plans in memory. The time of an expiry is real time, as that of a database. */
export class MemoryPlanStore implements PlanStore {
  readonly #tenants: Pick<TenantStore, 'bySlug'>
  readonly #plans = new Map<string, { plan: SavedPlan; revisions: readonly NewRevision[] }>()
  readonly #now: () => number

  constructor(tenants: Pick<TenantStore, 'bySlug'>, now: () => number) {
    this.#tenants = tenants
    this.#now = now
  }

  async save(plan: NewPlan, actor: Actor): Promise<SavedPlan> {
    for (const { scope } of [...plan.base, ...plan.candidate]) {
      if (scope.level !== 'global' && (await this.#tenants.bySlug(scope.tenant)) === null)
        throw new NxError('not_found', 'NX-TENANT-NOT-FOUND', `There is no tenant '${scope.tenant}'`)
    }
    const { keep: _kept, candidate, ...rest } = plan
    const saved: SavedPlan = {
      ...rest,
      id: newId(),
      candidate: candidate.map(({ scope, digest }) => ({ scope, digest })),
      approvals: [],
      status: { state: 'open' },
      createdAt: at,
      createdBy: actorName(actor),
    }
    this.#plans.set(saved.id, { plan: saved, revisions: candidate })
    return saved
  }

  async plan(id: string): Promise<SavedPlan | null> {
    const found = [...this.#plans.values()].filter(({ plan }) => plan.id.startsWith(id) && id.length >= 8)
    if (found.length > 1) throw new NxError('usage', 'NX-PLAN-AMBIGUOUS', 'Several plans begin so')
    const plan = found[0]?.plan ?? null
    return plan === null ? null : this.#asOfNow(plan)
  }

  async plans(limit: number): Promise<readonly SavedPlan[]> {
    return [...this.#plans.values()]
      .map(({ plan }) => this.#asOfNow(plan))
      .toReversed()
      .slice(0, limit)
  }

  async candidate(id: string): Promise<readonly NewRevision[]> {
    return this.#entry(id).revisions
  }

  async approve(id: string, actor: Actor, reason: string | null): Promise<SavedPlan> {
    const entry = this.#entry(id)
    const plan = this.#asOfNow(entry.plan)
    const by = actorName(actor)
    if (plan.status.state !== 'open') throw planClosed(plan)
    if (plan.createdBy === by) throw planOwnApproval(plan)
    if (plan.approvals.some((approval) => approval.by === by)) return plan
    entry.plan = { ...plan, approvals: [...plan.approvals, { by, at, reason }] }
    return entry.plan
  }

  /** What an apply does to the plan that it carries out. Throws what PlanStore and RevisionStore document. */
  carryOut(id: string, active: ReadonlyMap<string, ActiveHead>, actor: Actor): void {
    const entry = this.#entry(id)
    const refusal = planRefusal(entry.plan, active, this.#expired(entry.plan))
    const by = actorName(actor)
    if (refusal === null) {
      if (entry.plan.status.state === 'open')
        entry.plan = { ...entry.plan, status: { state: 'applied', at, by, because: null } }
      return
    }
    if (refusal.ends !== null) {
      const because = refusal.error.detail ?? null
      entry.plan = { ...entry.plan, status: { state: refusal.ends, at, by, because } }
    }
    throw refusal.error
  }

  /** What the start of its rollout does to it. `again`: that rollout is on its way already. */
  rollOut(id: string, active: ReadonlyMap<string, ActiveHead>, actor: Actor, again: boolean): void {
    const entry = this.#entry(id)
    const { plan } = entry
    const refusal = again ? null : planRefusal({ ...plan, approvers: 0 }, active, this.#expired(plan))
    if (refusal !== null) throw refusal.error
    const by = actorName(actor)
    if (plan.status.state === 'open')
      entry.plan = { ...plan, status: { state: 'applied', at, by, because: null } }
  }

  #entry(id: string): { plan: SavedPlan; revisions: readonly NewRevision[] } {
    const entry = this.#plans.get(id)
    if (entry === undefined) throw planNotFound(id)
    return entry
  }

  #expired(plan: SavedPlan): boolean {
    return Date.parse(plan.expiresAt) <= this.#now()
  }

  #asOfNow(plan: SavedPlan): SavedPlan {
    if (plan.status.state !== 'open' || !this.#expired(plan)) return plan
    return {
      ...plan,
      status: { state: 'expired', at: plan.expiresAt, by: plan.createdBy, because: null },
    }
  }
}

/** Heads by the name of their scope, as an apply looks them up. */
export function headsByName(heads: Iterable<ActiveHead>): ReadonlyMap<string, ActiveHead> {
  return new Map([...heads].map((head) => [scopeName(head.scope), head]))
}
