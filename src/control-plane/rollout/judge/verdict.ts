import type { ConfigError } from './counts.ts'

/** The tests that can stop a rollout, each with a part of the alpha budget. */
export type TestName =
  /** The candidate's units fail more often than the baseline's at the same time. */
  | 'errors'
  /** The candidate's error rate is above the threshold, while there is a baseline to compare with. */
  | 'absolute'
  /** The same at 100 %, of failures of the candidate's own making. */
  | 'absolute_alone'
  /** The candidate's units are slow more often. */
  | 'latency'
  /** In shadow: on the same event the candidate takes longer. */
  | 'latency_paired'
  /** A decision rate is outside what was predicted. */
  | `signal:${string}`

/** One sequential test with every number behind it. Crossed when `e >= limit`; looking often costs nothing. */
export interface TestEvidence {
  readonly test: TestName
  /** The natural logarithm of the E-value: 0 is no evidence, negative speaks for the candidate. */
  readonly logE: number
  /** exp(logE), at most 1e300. */
  readonly e: number
  readonly alpha: number
  /** 1 / alpha. */
  readonly limit: number
  readonly crossed: boolean
  readonly candidate: { readonly units: number; readonly adverse: number }
  readonly baseline: { readonly units: number; readonly adverse: number }
  /** For signals: the range that was expected. */
  readonly expected?: { readonly from: number; readonly to: number }
}

/** What is known so far and what is missing to go on. */
export interface Evidence {
  readonly tests: readonly TestEvidence[]
  /** Failures of the candidate's own making (not a platform's): the most the true rate can be, with 95 % confidence. */
  readonly upperBound: { readonly failures: number; readonly units: number; readonly rate: number }
  /** Units of the candidate matured in this step (in shadow: pairs) against what the policy asks for. */
  readonly units: { readonly have: number; readonly need: number; readonly missing: number }
  /** Units without a failure that would prove as much as all units so far; what the last gate asks for. */
  readonly cleanUnits: { readonly have: number; readonly need: number; readonly missing: number }
  readonly time: { readonly elapsedMs: number; readonly needMs: number; readonly maxMs: number }
  /** When the missing units are expected at this traffic; null when nothing is missing or the traffic is not known. */
  readonly expectedAtMs: number | null
  /** All that would hold the rollout if the step's time were over now. */
  readonly concerns: readonly HoldReason[]
  readonly configErrors: { readonly candidateOnly: number; readonly examples: readonly ConfigError[] }
}

export type HoldCode =
  | 'units_missing'
  | 'clean_units_missing'
  | 'nothing_observed'
  | 'max_step_duration'
  | 'prediction_missing'
  | 'signal_diverges'
  | 'both_arms_fail'
  | 'cap_exceeded_by_both'
  | 'platform_errors_without_control'
  | 'sample_ratio'
  | 'units_in_both_arms'
  | 'unassignable'
  | 'daemons_behind'
  | 'clock_skew'
  | 'clock_went_back'
  | 'stale_counts'
  | 'backlog_grows'
  | 'approval_missing'
  | 'outside_window'
  | 'rollback_advised'

export interface HoldReason {
  readonly code: HoldCode
  /** One sentence with the numbers. */
  readonly message: string
  /** When it is expected to be over; null when that depends on a person or is not known. */
  readonly expectedAtMs: number | null
}

export type RollbackCode =
  | 'config_error'
  | 'errors'
  | 'absolute'
  | 'absolute_alone'
  | 'latency'
  | 'latency_paired'
  | 'signal'
  | 'cap'
  | 'insufficient_data'

/** What a promotion rests on when it does not rest on the policy's evidence. */
export type PromotionLabel = 'advanced without evidence' | 'advanced on approval'

/** The judge's answer. It decides; the actuator carries out, and never the other way round. */
export type Verdict =
  /** Back to the baseline, now. */
  | {
      readonly verdict: 'rollback'
      readonly code: RollbackCode
      readonly reason: string
      readonly evidence: Evidence
    }
  /** Into the policy's step `to`: always the one after the present one (the first after shadow). */
  | {
      readonly verdict: 'promote'
      readonly to: number
      readonly evidence: Evidence
      readonly label: PromotionLabel | null
    }
  /** The step's time is over, or its data cannot be trusted, and something is missing. */
  | { readonly verdict: 'hold'; readonly reasons: readonly HoldReason[]; readonly evidence: Evidence }
  /** The step's time is not over and nothing is wrong. */
  | { readonly verdict: 'wait'; readonly untilMs: number; readonly evidence: Evidence }
  /** The watch after 100 % is over. */
  | { readonly verdict: 'complete'; readonly evidence: Evidence }
