/** How soon a candidate that fails for this share of its units is rolled back. */
export interface Catch {
  /** The candidate's error rate, 0 to 1; the baseline's is taken as 0.3 %. */
  readonly errorRate: number
  /** The median of the candidate's units before the rollback. */
  readonly medianUnits: number
  /** Null: not within the ramp at this traffic, or there is no traffic. */
  readonly hours: number | null
}

/** What a rollout can prove, and when, at a scope's traffic. */
export interface EvidenceForecast {
  readonly unitsPerHour: number
  /** The candidate's share in the first step, 0 to 1. */
  readonly firstShare: number
  /** From the first step's beginning; null without traffic. An error rate <= 5 % can be shown with 59 units, <= 1 % with 299. */
  readonly hoursTo59: number | null
  readonly hoursTo299: number | null
  readonly catches: readonly Catch[]
  /** From the first step to 100 % for a healthy candidate; null without traffic (unless promotion is by time). */
  readonly rampHours: number | null
}
