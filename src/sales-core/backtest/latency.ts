import type { LatencyRatio } from './report.ts'

/** Fewer pairs than this say nothing. */
export const latencyPairsMin = 20
/** The first pairs also measure the compiler. */
const warmUpPairs = 3

/** Times of both arms on the same events, one pair a batch, milliseconds. */
export class LatencyPairs {
  // Sums of the logarithms of the ratios: as small after a million pairs as after one.
  #pairs = 0
  #seen = 0
  #sum = 0
  #squares = 0
  #baselineMs = 0
  #candidateMs = 0
  #events = 0

  add(baselineMs: number, candidateMs: number, events: number): void {
    this.#seen += 1
    if (this.#seen <= warmUpPairs || baselineMs <= 0 || candidateMs <= 0) return
    const log = Math.log(candidateMs / baselineMs)
    this.#pairs += 1
    this.#sum += log
    this.#squares += log * log
    this.#baselineMs += baselineMs
    this.#candidateMs += candidateMs
    this.#events += events
  }

  /** null: too few pairs. */
  ratio(): LatencyRatio | null {
    const pairs = this.#pairs
    if (pairs < latencyPairsMin) return null
    const mean = this.#sum / pairs
    const variance = Math.max(0, this.#squares / pairs - mean * mean) * (pairs / (pairs - 1))
    const half = 1.96 * Math.sqrt(variance / pairs)
    return {
      pairs,
      ratio: Math.exp(mean),
      low: Math.exp(mean - half),
      high: Math.exp(mean + half),
      baselineMicros: (this.#baselineMs * 1_000) / this.#events,
      candidateMicros: (this.#candidateMs * 1_000) / this.#events,
    }
  }
}
