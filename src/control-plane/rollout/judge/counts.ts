/**
 * What was observed, as integers: the whole input of the judge besides the policy and the clock. Counts only grow; nothing in
 * them depends on when the judge looked, so that a restart, a second judge or a report a year later reads the same verdict.
 *
 * A unit is counted in the step in which its maturity window closed, once per step, in the arm it was in when it entered. An
 * adverse outcome (failure, slow) is counted the first time it happens to a unit in the rollout, and never again: an entity that
 * fails in every step says once that it fails. (Counting it each time breaks the independence on which the error rates rest.)
 */
export interface ArmCounts {
  /** Units whose maturity window has closed in this step. */
  readonly units: number
  /** Of these, units that had not been counted in this arm in an earlier step. The basis of every rate and bound. */
  readonly distinct: number
  /** Of these, units whose first failure in the rollout was here: any attempt finally failed, of any class. */
  readonly failures: number
  /** Of the failures, those whose every cause was an external platform (429, 5xx, timeout). */
  readonly integrationFailures: number
  /** Units first seen slow here: latency (the candidate's divided by 1 + performanceDegradation) above the baseline's rolling p90. */
  readonly slow: number
  /** Units that showed a watched signal for the first time in the rollout, by the signal's name. */
  readonly signals: Readonly<Record<string, number>>
}

/**
 * Counts of units that were assigned with one weight. `*` when all were; else one stratum per tenant, so that a tenant with more
 * traffic in one arm and more errors in both does not look like a worse candidate.
 */
export interface StratumCounts {
  readonly stratum: string
  /** The candidate's assigned share here, 0 to 1. The judge moves it to the realised share as units come in. */
  readonly weight: number
  readonly candidate: ArmCounts
  readonly baseline: ArmCounts
}

export interface StepCounts {
  /** Index into the policy's steps. */
  readonly step: number
  readonly strata: readonly StratumCounts[]
}

/** Both digests on the same live event, no effects: what shadow saw. */
export interface ShadowCounts {
  /** Units of which at least one event was evaluated by both. */
  readonly units: number
  /** Units whose candidate evaluation, divided by 1 + performanceDegradation, took longer than the baseline's (first pair of a unit, order random). */
  readonly slower: number
  /** Units of which it did not. `slower + faster` is at most `units`. */
  readonly faster: number
  /** Units on which the candidate showed a watched signal. */
  readonly signals: Readonly<Record<string, number>>
}

/** A failure of the configuration itself on an event on which the baseline's succeeded. */
export interface ConfigError {
  readonly eventId: string
  readonly unit: string | null
  /** `RuleSet/hot-leads`. */
  readonly document: string
  /** The error's stable code. */
  readonly code: string
  readonly message: string
}

export interface ConfigErrorCounts {
  /** Events on which the candidate failed and the baseline, evaluated on the same event, did not. One is enough. */
  readonly candidateOnly: number
  /** Events on which both failed: not the candidate's doing. */
  readonly both: number
  /** The first of `candidateOnly`, at most 20. */
  readonly examples: readonly ConfigError[]
}

/** A hard cap that the candidate's traffic went over. */
export interface CapExceeded {
  readonly cap: 'actionsPerUnit' | 'actionsPerHour'
  readonly limit: number
  readonly observed: number
  /** Did the baseline's traffic go over it too? Then the cap says nothing about the candidate. */
  readonly baselineToo: boolean
}

/** All that a rollout has observed since it began. */
export interface RolloutCounts {
  readonly shadow: ShadowCounts
  /** One entry per step that was entered, in order. */
  readonly steps: readonly StepCounts[]
  readonly configErrors: ConfigErrorCounts
  readonly capsExceeded: readonly CapExceeded[]
}

export const noArmCounts: ArmCounts = {
  units: 0,
  distinct: 0,
  failures: 0,
  integrationFailures: 0,
  slow: 0,
  signals: {},
}

/** A rollout that has seen nothing. */
export const noCounts: RolloutCounts = {
  shadow: { units: 0, slower: 0, faster: 0, signals: {} },
  steps: [],
  configErrors: { candidateOnly: 0, both: 0, examples: [] },
  capsExceeded: [],
}
