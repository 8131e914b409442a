/**
 * A rate in calls per second, with a burst of one second's worth (at least 1). `take` books a call and says how long to
 * wait before making it: 0 now, more later, null when the wait would be above `waitMsMax` (nothing is booked then).
 */
export class TokenBucket {
  readonly perSecond: number
  readonly #burst: number
  #tokens: number
  #atMs: number

  constructor(perSecond: number, nowMs: number) {
    this.perSecond = perSecond
    this.#burst = Math.max(1, perSecond)
    this.#tokens = this.#burst
    this.#atMs = nowMs
  }

  /** `nowMs` is monotonic. */
  take(nowMs: number, waitMsMax: number): number | null {
    this.#tokens = Math.min(this.#burst, this.#tokens + ((nowMs - this.#atMs) / 1_000) * this.perSecond)
    this.#atMs = nowMs
    const waitMs = this.#tokens >= 1 ? 0 : Math.ceil(((1 - this.#tokens) / this.perSecond) * 1_000)
    if (waitMs > waitMsMax) return null
    this.#tokens -= 1
    return waitMs
  }

  /** Gives a booked call back: it was not made. */
  putBack(): void {
    this.#tokens = Math.min(this.#burst, this.#tokens + 1)
  }

  /** How long until a call could be made, milliseconds. */
  waitMs(): number {
    return this.#tokens >= 1 ? 0 : Math.ceil(((1 - this.#tokens) / this.perSecond) * 1_000)
  }
}
