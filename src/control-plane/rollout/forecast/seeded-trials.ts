import { seededRandom } from '../../../kernel/seeded-random.ts'

/** Trials whose outcome follows from a seed. */
export interface SeededTrials {
  /** 0 <= x < 1. */
  next(): number
  /** Successes in `trials` with this probability. */
  binomial(trials: number, probability: number): number
}

export function seededTrials(seed: number): SeededTrials {
  const next = seededRandom(seed)
  return {
    next,
    binomial: (trials, probability) => {
      if (probability <= 0) return 0
      if (probability >= 1) return trials
      if (probability > 0.5) return trials - skipping(next, trials, 1 - probability)
      return skipping(next, trials, probability)
    },
  }
}

/** Jumps from success to success: as many draws as successes, exact. */
function skipping(next: () => number, trials: number, probability: number): number {
  const scale = Math.log1p(-probability)
  let successes = 0
  let position = 0
  for (;;) {
    position += 1 + Math.floor(Math.log1p(-next()) / scale)
    if (position > trials) return successes
    successes++
  }
}
