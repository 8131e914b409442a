import type { ResolvedPolicy } from '../policy/resolved-policy.ts'

/** What each test may spend of the false rollbacks, after what no test uses was given on. Adds up to the policy's budget at most. */
export interface SpentAlpha {
  readonly errors: number
  readonly absolute: number
  readonly absoluteAlone: number
  readonly latency: number
  readonly latencyPaired: number
  /** For each watched signal. */
  readonly signal: number
}

/**
 * The budget as it is spent. Fixed by the policy before the first count, never by the counts: a budget that follows the data proves
 * nothing. Where no signal can roll back, the decisions' part goes to the errors: signals that only hold spend none of it (each
 * holds falsely with at most the same probability).
 */
export function spentAlpha(policy: ResolvedPolicy): SpentAlpha {
  const { errors, absolute, latency, decisions } = policy.alpha
  const signals = Object.values(policy.signals)
  const rollsBack = signals.some(({ onDivergence }) => onDivergence === 'rollback')
  return {
    errors: rollsBack ? errors : errors + decisions,
    absolute: absolute / 2,
    absoluteAlone: absolute / 2,
    latency: policy.shadow.first ? latency / 2 : latency,
    latencyPaired: latency / 2,
    signal: decisions / Math.max(1, signals.length),
  }
}
