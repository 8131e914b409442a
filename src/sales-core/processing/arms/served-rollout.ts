import type { ResolvedPolicy } from '../../../control-plane/rollout/policy/resolved-policy.ts'
import type { SalesConfig } from '../../compile/sales-config.ts'

/** Why something of the configuration failed, as an observation tells it. */
export interface PartFailure {
  /** `RuleSet/hot-leads`, `Workflow/onboarding`, `EventType/lead.created`. */
  readonly document: string
  readonly code: string
  readonly message: string
}

/** A rollout as a daemon serves it to one workspace of a tenant. The baseline is the configuration that it comes with. */
export interface ServedRollout {
  readonly id: string
  /** The salt of the assignment. */
  readonly candidateDigest: string
  readonly unit: ResolvedPolicy['unit']
  /** `shadow`: both on every event, only the baseline's decision has effects. */
  readonly phase: 'shadow' | 'live'
  /** The policy's step; -1: shadow. */
  readonly step: number
  /** The candidate's share of this tenant's units, 0 to 1. */
  readonly weight: number
  /** The candidate, compiled; or why it cannot be: the baseline goes on then. */
  readonly candidate: { readonly config: SalesConfig } | { readonly unusable: PartFailure }
  /** How much slower the candidate may be: 0.05 = 5 %. */
  readonly performanceDegradation: number
  /** Names of the watched signals. */
  readonly signals: readonly string[]
  /** Commands that the candidate may ask for per unit, in the whole rollout; null: no cap. */
  readonly actionsPerUnit: number | null
}
