/** Numbers from a seed: the same on every machine (mulberry32). */
export interface SeededRandom {
  /** 0 <= x < 1. */
  next(): number
  /** Successes in `trials` with this probability. */
  binomial(trials: number, probability: number): number
}

export function seededRandom(seed: number): SeededRandom {
  let state = seed | 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
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
