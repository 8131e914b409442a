import type { RolloutPosition } from '../judge/facts.ts'
import type { HoldReason, PromotionLabel, RollbackCode, Verdict } from '../judge/verdict.ts'

/** Where a rollout is. One row of the ledger per change of it; a final state is never left. */
export type RolloutState =
  /** Not begun: people must agree first. */
  | {
      readonly state: 'pending_approval'
      readonly sinceMs: number
      readonly approversNeeded: number
      readonly approvedBy: readonly string[]
    }
  /** Both digests on every event, no exposure. */
  | { readonly state: 'shadow'; readonly at: RolloutPosition }
  | { readonly state: 'step'; readonly at: RolloutPosition }
  /** All but the holdback. */
  | { readonly state: 'bake'; readonly at: RolloutPosition }
  /** 100 %, not yet trusted. */
  | { readonly state: 'watching'; readonly at: RolloutPosition }
  /** Stays where it is until what is missing has come. Still watched: it can be rolled back. */
  | {
      readonly state: 'held'
      readonly at: RolloutPosition
      readonly sinceMs: number
      readonly reasons: readonly HoldReason[]
    }
  /** Stays where it is until a person resumes it. Still watched: it can be rolled back. */
  | {
      readonly state: 'paused'
      readonly at: RolloutPosition
      readonly sinceMs: number
      readonly by: string
      readonly reason: string
    }
  | { readonly state: 'completed'; readonly atMs: number }
  | {
      readonly state: 'rolled_back'
      readonly atMs: number
      readonly code: RollbackCode
      readonly reason: string
    }
  | {
      readonly state: 'aborted'
      readonly atMs: number
      readonly by: string
      readonly reason: string
      readonly quarantined: boolean
    }
  /** A newer revision took its place; the digest is not quarantined. */
  | { readonly state: 'superseded'; readonly atMs: number; readonly byDigest: string }
  | { readonly state: 'failed_to_start'; readonly atMs: number; readonly reason: string }

export type RolloutStateName = RolloutState['state']

/** States that are never left. `failed_to_start` can be tried again. */
export const finalStates = ['completed', 'rolled_back', 'aborted', 'superseded'] as const

/** What a person may do. Each carries who and why; the reason is recorded. */
export type OperatorAction =
  | { readonly action: 'approve'; readonly by: string; readonly reason: string; readonly step: number | null }
  | { readonly action: 'pause'; readonly by: string; readonly reason: string }
  | { readonly action: 'resume'; readonly by: string; readonly reason: string }
  /**
   * Into the next step without the judge. Never over more than one. `seen`: where it stood when the person decided; from anywhere
   * else it is refused. Left out: wherever it is.
   */
  | {
      readonly action: 'promote'
      readonly by: string
      readonly reason: string
      readonly seen?: RolloutPosition
    }
  | {
      readonly action: 'abort'
      readonly by: string
      readonly reason: string
      readonly quarantine: boolean
    }
  /** Start again what failed to start. */
  | { readonly action: 'retry'; readonly by: string; readonly reason: string }

/** What the actuator itself finds out. */
export type SystemEvent =
  | { readonly event: 'superseded'; readonly byDigest: string }
  | { readonly event: 'failed_to_start'; readonly reason: string }

export type RolloutInput =
  | { readonly from: 'judge'; readonly verdict: Verdict }
  | { readonly from: 'operator'; readonly action: OperatorAction }
  | { readonly from: 'system'; readonly event: SystemEvent }

/** Why a share of traffic was allowed to grow. Every growth has one. */
export type RecordedGate =
  | { readonly gate: 'evidence' }
  /** `promotion: time`, or an approval in the evidence's place: the label says so. */
  | { readonly gate: 'labelled'; readonly label: PromotionLabel }
  | { readonly gate: 'operator'; readonly by: string; readonly reason: string }
  /** Entering the first step when the policy wants neither approval nor shadow. */
  | { readonly gate: 'start' }
  | { readonly gate: 'approval'; readonly approvedBy: readonly string[] }

/** One row of the ledger. */
export interface RolloutTransition {
  readonly atMs: number
  readonly from: RolloutStateName
  readonly to: RolloutStateName
  readonly cause: RolloutInput['from']
  /** The person, or null. */
  readonly by: string | null
  readonly reason: string
  /** Index into the policy's steps; null before the first, and when it is over. */
  readonly stepBefore: number | null
  readonly stepAfter: number | null
  readonly percentBefore: number
  readonly percentAfter: number
  /** Never null when the next step is entered. */
  readonly gate: RecordedGate | null
  /** Put the candidate's digest into quarantine with this transition. */
  readonly quarantine: boolean
}

/** The state after an input, and the row to write; null when nothing changed. */
export interface Advanced {
  readonly state: RolloutState
  readonly transition: RolloutTransition | null
}
