const tiny = 1e-6

/** A rate of events per second with a burst. */
export interface EventRate {
  readonly perSecond: number
  /** At least 1. */
  readonly burst: number
}

/**
 * A token bucket for events that come in batches. A batch passes when the bucket holds as many tokens as it has events, or is
 * full; a batch above the burst leaves a debt, so that over any time no more than `burst + perSecond × time` events and one
 * batch pass. Times are monotonic milliseconds.
 */
export class EventBucket {
  #rate: EventRate
  #tokens: number
  #atMs: number

  constructor(rate: EventRate, nowMs: number) {
    this.#rate = rate
    this.#tokens = rate.burst
    this.#atMs = nowMs
  }

  /** Another rate from now on; what was saved up is kept, up to the new burst. */
  setRate(rate: EventRate, nowMs: number): void {
    if (rate.perSecond === this.#rate.perSecond && rate.burst === this.#rate.burst) return
    this.#refill(nowMs)
    this.#rate = rate
    this.#tokens = Math.min(this.#tokens, rate.burst)
  }

  /** 0: taken. Else nothing was taken, and in so many milliseconds it would be. */
  take(count: number, nowMs: number): number {
    const waitMs = this.waitMs(count, nowMs)
    if (waitMs === 0) this.#tokens -= count
    return waitMs
  }

  /** How long until `count` events would pass, milliseconds. */
  waitMs(count: number, nowMs: number): number {
    this.#refill(nowMs)
    const missing = Math.min(count, this.#rate.burst) - this.#tokens
    // What is missing by the rounding of fractions is not missing.
    return missing <= tiny ? 0 : Math.max(1, Math.ceil((missing / this.#rate.perSecond) * 1_000 - tiny))
  }

  putBack(count: number): void {
    this.#tokens = Math.min(this.#rate.burst, this.#tokens + count)
  }

  /** Whole tokens that are left, and in how many milliseconds the bucket is full again. */
  state(nowMs: number): { readonly remaining: number; readonly fullInMs: number } {
    this.#refill(nowMs)
    return {
      remaining: Math.max(0, Math.floor(this.#tokens)),
      fullInMs: Math.ceil(((this.#rate.burst - this.#tokens) / this.#rate.perSecond) * 1_000),
    }
  }

  #refill(nowMs: number): void {
    const passedMs = Math.max(0, nowMs - this.#atMs)
    this.#tokens = Math.min(this.#rate.burst, this.#tokens + (passedMs / 1_000) * this.#rate.perSecond)
    this.#atMs = Math.max(this.#atMs, nowMs)
  }
}
