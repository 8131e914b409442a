/** Where a rollout stands: in shadow, or in a step of its policy. */
export type RolloutPosition =
  | { readonly phase: 'shadow'; readonly enteredAtMs: number }
  | { readonly phase: 'step'; readonly step: number; readonly enteredAtMs: number }

/** What would make the counts worthless. Nothing here rolls back; each holds. */
export interface HealthFacts {
  /** Units that took effects of the candidate and then of the baseline in one step, or fell back to the baseline. */
  readonly unitsInBothArms: number
  /** Events without a unit: they went to the baseline. */
  readonly unassignableEvents: number
  /** All events since the step began, the former included. */
  readonly events: number
  /** Daemons that have not acknowledged the step's assignment. */
  readonly daemonsBehind: readonly string[]
  /** The largest distance between a daemon's clock and the database's. */
  readonly clockSkewMs: number
  /** When the counts were last brought up to date; null: never. */
  readonly countsAtMs: number | null
  /** Does either arm's backlog grow? Then what is slow or late is not yet counted. */
  readonly backlogGrows: boolean
}

/** What the judge needs to know that is not a count. */
export interface JudgeFacts {
  readonly position: RolloutPosition
  readonly health: HealthFacts
  /** The rates that the plan's backtest predicted for the candidate, by signal: a share of units, 0 to 1. */
  readonly predictions: Readonly<Record<string, number>>
  /** Distinct people who approved entering a step, by its index. */
  readonly approvals: Readonly<Record<number, readonly string[]>>
  /** All units (both arms) that mature in an hour at this scope's traffic, for the expected time; null: not known. */
  readonly unitsPerHour: number | null
}
