/** When a rule that fails is stopped, and for how long. */
export interface BreakerPolicy {
  /** Failures in one window that open it. */
  readonly failuresMax: number
  readonly windowMs: number
  /** How long it stays open the first time; twice as long each time in a row. */
  readonly openMs: number
  readonly openMsMax: number
}

export const ruleBreakerPolicy: BreakerPolicy = {
  failuresMax: 20,
  windowMs: 300_000,
  openMs: 60_000,
  openMsMax: 3_600_000,
}

/** What is remembered of a rule that failed lately. */
export interface RuleBreaker {
  readonly failures: number
  readonly windowFromMs: number
  /** Until then what the rule would do is parked; after it, it is on probation. null: it is closed. */
  readonly openUntilMs: number | null
  /** How often in a row it opened. */
  readonly trips: number
}

/** What a rule did since it was last counted. */
export interface RuleCounts {
  readonly failures: number
  readonly successes: number
}

/**
 * The breaker after what was counted; null: the rule is well, nothing is remembered. On probation one success closes it, unless
 * something failed too: then it opens for longer. Pure.
 */
export function breakerAfter(
  before: RuleBreaker | null,
  { failures, successes }: RuleCounts,
  nowMs: number,
  policy: BreakerPolicy = ruleBreakerPolicy,
): RuleBreaker | null {
  if (before?.openUntilMs != null) {
    // What was under way when it opened says nothing new.
    if (nowMs < before.openUntilMs) return before
    if (failures > 0) return opened(before, nowMs, policy)
    return successes > 0 ? null : before
  }
  const goesOn = before !== null && nowMs - before.windowFromMs < policy.windowMs
  const count = (goesOn ? before.failures : 0) + failures
  if (count === 0) return null
  const windowFromMs = goesOn ? before.windowFromMs : nowMs
  const closed = { failures: count, windowFromMs, openUntilMs: null, trips: 0 }
  return count >= policy.failuresMax ? opened(closed, nowMs, policy) : closed
}

function opened(before: RuleBreaker, nowMs: number, { openMs, openMsMax }: BreakerPolicy): RuleBreaker {
  const openForMs = Math.min(openMsMax, openMs * 2 ** Math.min(before.trips, 30))
  return { failures: 0, windowFromMs: nowMs, openUntilMs: nowMs + openForMs, trips: before.trips + 1 }
}
