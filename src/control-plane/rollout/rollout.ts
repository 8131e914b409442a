import type { Scope } from '../documents/document.ts'
import type { JudgeFacts } from './judge/facts.ts'
import type { RolloutCounts } from './judge/counts.ts'
import type { Verdict } from './judge/verdict.ts'
import type { ResolvedPolicy, RiskClass } from './policy/resolved-policy.ts'
import type { RolloutState, RolloutTransition } from './state/rollout-state.ts'

/** A scope whose revision a rollout changes. While it runs the baseline stays the active one. */
export interface RolloutScope {
  readonly scope: Scope
  /** Null: the global scope. */
  readonly tenantId: string | null
  readonly baseline: { readonly revisionId: string; readonly digest: string }
  readonly candidate: { readonly revisionId: string; readonly digest: string }
}

/** A candidate on its way to everybody, or what became of it. */
export interface Rollout {
  readonly id: string
  /** The hash of the candidate digests of its scopes in order of their names: the salt of the assignment. */
  readonly candidateDigest: string
  /** In order of their names. */
  readonly scopes: readonly RolloutScope[]
  /** As it was when the rollout began: an edit of the document since then changes nothing. */
  readonly policy: ResolvedPolicy
  readonly state: RolloutState
  /** Grows by one with every change; what a daemon acknowledges. */
  readonly version: number
  readonly risk: RiskClass
  /** What the plan's backtest predicted for the candidate, by signal: a share of units, 0 to 1. */
  readonly predictions: Readonly<Record<string, number>>
  readonly planId: string | null
  readonly reason: string | null
  /** RFC 3339. */
  readonly startedAt: string
  readonly startedBy: string
  readonly endedAt: string | null
}

/** One change of a rollout with every number that led to it. Append-only. */
export interface RolloutRecord extends RolloutTransition {
  readonly rolloutId: string
  /** 1, 2, 3 … within the rollout, without gaps. */
  readonly seq: number
  /** The state that it led to. */
  readonly state: RolloutState
  /** What the judge said and saw; null when a person or the system acted. */
  readonly judged: {
    readonly verdict: Verdict
    readonly counts: RolloutCounts
    readonly facts: JudgeFacts
  } | null
}

/** Where a unit was when something was observed of it: its arm, or both at once without effects (`pair`: shadow). */
export type ObservedArm = 'candidate' | 'baseline' | 'pair'

/**
 * What one event showed of a unit. Written in the transaction of its decision. The first of a unit in a step makes its row; later
 * ones can only turn `failed`, `configError` and `slow` on and add to the counters.
 */
export interface UnitObservation {
  readonly rolloutId: string
  /** The policy's step; -1: shadow. */
  readonly step: number
  readonly tenantId: string
  /** As the assignment hashed it. Null: the event has no unit; counted as unassignable. */
  readonly unit: string | null
  readonly entityKey: string
  readonly eventId: string
  readonly arm: ObservedArm
  readonly failed: boolean
  /** The candidate failed on an event on which the baseline did not. */
  readonly configError: { readonly document: string; readonly code: string; readonly message: string } | null
  /** Of a pair: the candidate's evaluation took longer than the baseline's by more than the policy allows. Null: not measured. */
  readonly slow: boolean | null
  /** Watched signals that this event showed. */
  readonly signals: readonly string[]
  /** Commands that this event asked for, those that a cap kept back included. */
  readonly actions: number
  /** Those that were written: what the unit's integration failures and its exposure are found by. Of a pair: none. */
  readonly commandIds: readonly string[]
  /** Both configurations failed on this event: nothing is held against the candidate. */
  readonly bothFailed: boolean
  /** A candidate's decision that was replaced by the baseline's. */
  readonly fellBack: boolean
}
