import type { Scope } from '../../../control-plane/documents/document.ts'
import { scopeName } from '../../../control-plane/documents/document.ts'
import type { RolloutCounts } from '../../../control-plane/rollout/judge/counts.ts'
import type { JudgeFacts } from '../../../control-plane/rollout/judge/facts.ts'
import type { Verdict } from '../../../control-plane/rollout/judge/verdict.ts'
import type { Rollout, RolloutRecord, RolloutScope } from '../../../control-plane/rollout/rollout.ts'
import type { RolloutState, RolloutTransition } from '../../../control-plane/rollout/state/rollout-state.ts'
import { scopeOfRow } from '../plans/revision-rows.ts'

interface ScopeJson {
  readonly tenantId: string | null
  readonly slug: string | null
  readonly workspace: string | null
  readonly baselineId: string
  readonly baselineDigest: string
  readonly candidateId: string
  readonly candidateDigest: string
}

export interface RolloutRow {
  readonly id: string
  readonly tenant_id: string | null
  readonly candidate_digest: string
  readonly policy: Rollout['policy']
  readonly risk: Rollout['risk']
  readonly predictions: Rollout['predictions']
  readonly plan_id: string | null
  readonly reason: string | null
  readonly state: RolloutState
  readonly version: number
  readonly assigned_version: number
  readonly started_at: string
  readonly started_by: string
  readonly ended_at: string | null
  readonly lease_epoch: string
  readonly scopes: readonly ScopeJson[]
}

export interface TransitionRow {
  readonly rollout_id: string
  readonly seq: number
  readonly transition: RolloutTransition
  readonly state: RolloutState
  readonly judged: {
    readonly verdict: Verdict
    readonly counts: RolloutCounts
    readonly facts: JudgeFacts
  } | null
}

export function rolloutOf(row: RolloutRow): Rollout {
  return {
    id: row.id,
    candidateDigest: row.candidate_digest,
    scopes: row.scopes.map(scopeOf).sort((a, b) => (scopeName(a.scope) < scopeName(b.scope) ? -1 : 1)),
    policy: row.policy,
    state: row.state,
    version: row.version,
    risk: row.risk,
    predictions: row.predictions,
    planId: row.plan_id,
    reason: row.reason,
    startedAt: row.started_at,
    startedBy: row.started_by,
    endedAt: row.ended_at,
  }
}

/** What a tenant may see of a rollout that several are part of: its own scopes and the global one. */
export function seenBy(rollout: Rollout, tenantId: string | null): Rollout {
  if (tenantId === null) return rollout
  const scopes = rollout.scopes.filter((scope) => scope.tenantId === null || scope.tenantId === tenantId)
  return { ...rollout, scopes }
}

export function recordOf({
  rollout_id: rolloutId,
  seq,
  transition,
  state,
  judged,
}: TransitionRow): RolloutRecord {
  return { ...transition, rolloutId, seq, state, judged }
}

function scopeOf(json: ScopeJson): RolloutScope {
  const scope: Scope = scopeOfRow(json)
  return {
    scope,
    tenantId: json.tenantId,
    baseline: { revisionId: json.baselineId, digest: json.baselineDigest },
    candidate: { revisionId: json.candidateId, digest: json.candidateDigest },
  }
}
