import type { Actor } from '../../platform/access/actor.ts'
import type { AppliedScope, NewRevision, RevisionSource, ScopeDigest } from '../revisions/revision-store.ts'
import type { RolloutCounts } from './judge/counts.ts'
import type { JudgeFacts } from './judge/facts.ts'
import type { ResolvedPolicy, RiskClass } from './policy/resolved-policy.ts'
import type { Rollout, RolloutRecord, RolloutScope } from './rollout.ts'
import type { Advanced, OperatorAction } from './state/rollout-state.ts'

export interface NewRollout {
  readonly scopes: readonly RolloutScope[]
  readonly policy: ResolvedPolicy
  readonly risk: RiskClass
  readonly predictions: Readonly<Record<string, number>>
  readonly planId: string | null
  readonly reason: string | null
  /** Start with quarantined revisions all the same; needs a reason. */
  readonly overrideQuarantine?: boolean
  /** Ids of the rollouts that were live when this was planned: it takes the place of no other. Left out: of any. */
  readonly seen?: readonly string[]
}

/** What a change leads to: all of it, or nothing. */
export interface RolloutStart {
  /** One for each tenant; or a single one, when the global scope changes. At least one. */
  readonly rollouts: readonly NewRollout[]
  /** Scopes in which nothing is active, so that there is nothing to compare with: active at once. Null: there are none. */
  readonly fresh: FreshScopes | null
}

export interface FreshScopes {
  readonly revisions: readonly NewRevision[]
  /** That nothing is active there is what the change rests on. */
  readonly base: readonly ScopeDigest[]
  readonly source: RevisionSource
  readonly reason: string | null
  readonly overrideQuarantine?: boolean
}

export interface StartedRollouts {
  /** In the order in which they were asked for. */
  readonly rollouts: readonly Rollout[]
  readonly activated: readonly AppliedScope[]
}

/** A rollout that this process alone may move on, for as long as the lease holds. */
export interface ClaimedRollout {
  readonly rollout: Rollout
  /** The fencing token: a commit under an older one changes nothing. */
  readonly epoch: string
}

/** Everything that the judge needs, read at one instant of the database's clock. */
export interface RolloutObserved {
  readonly counts: RolloutCounts
  readonly facts: JudgeFacts
  readonly nowMs: number
  /** Suspended tenants (slugs) without whom nothing of the rollout is left. Empty: it can go on. */
  readonly suspended: readonly string[]
  /** The digest that somebody made active in place of a baseline; null: every baseline still is. */
  readonly movedTo: string | null
  /** Units seen in this step that have not ripened: what is on its way to being evidence. */
  readonly waiting?: { readonly candidate: number; readonly baseline: number }
}

/** A unit that the candidate touched, and what went out because of it. */
export interface Exposure {
  readonly tenantId: string
  readonly unit: string
  readonly entityKey: string
  /** RFC 3339. */
  readonly firstAt: string
  readonly actions: readonly {
    readonly commandId: string
    readonly eventId: string
    readonly integration: string
    readonly operation: string
    /** `waiting`, `succeeded`, `in_doubt`, `dead`, … */
    readonly state: string
    readonly at: string
  }[]
}

export interface RolloutFilter {
  /** Null: of every tenant that the caller may see. */
  readonly tenantId: string | null
  readonly live?: boolean
  /** Ended after this time (RFC 3339), or not at all. */
  readonly endedAfter?: string
  /** 1 to 500. */
  readonly limit: number
}

/** Rollouts on their way and what became of them. */
export interface RolloutStore {
  /**
   * Stores rollouts in their first state and makes fresh scopes active, in one transaction. A live rollout of the same scopes is
   * superseded in it, if it was seen. Throws NX-ROLLOUT-OVERTAKEN when it was not, NX-ROLLOUT-SCOPES when a rollout has scopes of
   * several tenants, NX-ROLLOUT-BUSY when another live one touches a scope above or below, NX-PLAN-STALE when a baseline is
   * not active any more, NX-REVISION-QUARANTINED, NX-TENANT-NOT-FOUND. The same candidate on its way already is returned as it is.
   * The plan that they are made of (the same for all) is closed as applied in the same transaction; NX-PLAN-NOT-FOUND, NX-PLAN-APPLIED, NX-PLAN-EXPIRED,
   * NX-PLAN-STALE when it cannot be carried out.
   */
  start(wanted: RolloutStart, actor: Actor): Promise<StartedRollouts>

  /** By id, or by the beginning of one that is unique. Null: there is none that this tenant (null: anybody) may see. */
  get(id: string, tenantId: string | null): Promise<Rollout | null>

  /** Newest first. */
  list(filter: RolloutFilter): Promise<readonly Rollout[]>

  /** The ledger, in order. */
  records(id: string, tenantId: string | null): Promise<readonly RolloutRecord[]>

  /** What the judge would see now. Counts what has ripened first: whoever asks, each observation is counted once. */
  observe(rollout: Rollout): Promise<RolloutObserved>

  /** A person acts. Throws NX-ROLLOUT-NOT-FOUND and what `advance` throws for an action that the state does not allow. */
  act(id: string, action: OperatorAction, actor: Actor): Promise<Rollout>

  /** Live rollouts that touch a tenant (its scopes and the global one): what a daemon serves. */
  served(tenantId: string): Promise<readonly Rollout[]>

  /** A daemon says which versions it works by, all live rollouts that it knows. */
  acknowledge(daemonId: string, versions: ReadonlyMap<string, number>): Promise<void>

  /** A live rollout that nobody looks after, longest first; null: none. The lease holds for `leaseMs` and is renewed by each commit. */
  claim(owner: string, leaseMs: number): Promise<ClaimedRollout | null>

  /** Lets another go on, at once or after a while. */
  release(claimed: ClaimedRollout, lookAgainMs?: number): Promise<void>

  /**
   * Carries out what `advance` said, in one transaction: the new state, its row in the ledger, and what goes with it (candidates
   * activated, digests quarantined). False: the lease or the version has moved on, nothing was changed.
   */
  commit(claimed: ClaimedRollout, advanced: Advanced, judged: RolloutRecord['judged']): Promise<boolean>

  /**
   * A daemon cannot make the candidate work at all. True: the rollout has failed to start; false: it is over, or somebody is exposed
   * already (what the candidate does then is observed unit by unit).
   */
  failToStart(id: string, reason: string): Promise<boolean>

  /** Forgets the baseline's observations of rollouts that ended, at most `limit` rows. Returns how many. The candidate's stay. */
  forget(limit: number): Promise<number>

  /** The candidate's units with their actions, in order of first touch. `after`: where the page before ended. */
  exposures(
    id: string,
    tenantId: string | null,
    page: { readonly limit: number; readonly after: string | null },
  ): Promise<{ readonly exposures: readonly Exposure[]; readonly after: string | null }>
}
