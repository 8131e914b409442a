import type { JsonObject } from '../../kernel/json.ts'
import type { Actor } from '../../platform/access/actor.ts'
import type { KeptDocuments, NewRevision, RevisionSource, ScopeDigest } from './revision-store.ts'

export type RiskClass = 'none' | 'low' | 'medium' | 'high'

export interface Approval {
  readonly by: string
  readonly at: string
  readonly reason: string | null
}

/** What became of a saved plan. `expired` and `stale` cannot be applied any more. */
export type PlanState =
  | { readonly state: 'open' }
  | {
      readonly state: 'applied' | 'expired' | 'stale'
      readonly at: string
      readonly by: string
      readonly because: string | null
    }

/** A plan kept in the database: pinned to what was active (base) and what is to be (candidate). */
export interface SavedPlan {
  readonly id: string
  /** Over base and candidate: `planDigest`. */
  readonly digest: string
  readonly base: readonly ScopeDigest[]
  readonly candidate: readonly { readonly scope: ScopeDigest['scope']; readonly digest: string }[]
  readonly source: RevisionSource
  /** The whole report, as it was shown. */
  readonly report: JsonObject
  readonly risk: RiskClass
  /** How many people beside the one who made it must approve it before it can be applied. */
  readonly approvers: number
  readonly approvals: readonly Approval[]
  readonly status: PlanState
  readonly createdAt: string
  readonly createdBy: string
  readonly expiresAt: string
}

export interface NewPlan extends Pick<
  SavedPlan,
  'digest' | 'base' | 'source' | 'report' | 'risk' | 'approvers' | 'expiresAt'
> {
  /** Stored beside the plan, inactive. */
  readonly candidate: readonly NewRevision[]
  readonly keep: readonly KeptDocuments[]
}

export interface PlanStore {
  /** Stores the plan and its candidate's revisions; nothing becomes active. Throws NX-TENANT-NOT-FOUND. */
  save(plan: NewPlan, actor: Actor): Promise<SavedPlan>

  /** By id or by its beginning (8 characters or more). null: there is none. Throws NX-PLAN-AMBIGUOUS. */
  plan(id: string): Promise<SavedPlan | null>

  /** Newest first, at most `limit`. */
  plans(limit: number): Promise<readonly SavedPlan[]>

  /** The revisions that the plan would make active. Throws NX-PLAN-NOT-FOUND. */
  candidate(id: string): Promise<readonly NewRevision[]>

  /** Records an approval. Throws NX-PLAN-NOT-FOUND, NX-PLAN-APPLIED, NX-PLAN-EXPIRED, NX-PLAN-STALE, NX-PLAN-OWN-APPROVAL (its maker cannot approve it). */
  approve(id: string, actor: Actor, reason: string | null): Promise<SavedPlan>
}
