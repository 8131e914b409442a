import { setTimeout as sleep } from 'node:timers/promises'
import type { Clock } from '../../kernel/clock.ts'
import { TokenBucket } from '../http/token-bucket.ts'

/** May a call be made now? */
export type Turn =
  | { readonly state: 'now' }
  | { readonly state: 'later'; readonly waitMs: number }
  | { readonly state: 'stopped' }

/** The longest that a call waits for its turn holding its lease, milliseconds; beyond it, it goes back to the queue. */
const waitMsMax = 2_000
const bucketsMax = 10_000

/**
 * Calls per second of every integration. Counted in this process: a vendor's limit is divided among daemons by setting
 * `limits.perSecond` accordingly.
 */
export class CallBudgets {
  readonly #clock: Clock
  readonly #buckets = new Map<string, TokenBucket>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Waits for a turn of this key, at most `leftMs` and two seconds. */
  async turn(key: string, perSecond: number, leftMs: number, signal: AbortSignal): Promise<Turn> {
    if (signal.aborted) return { state: 'stopped' }
    const bucket = this.#bucket(key, perSecond)
    const waitMs = bucket.take(this.#clock.monotonicMs(), Math.min(waitMsMax, Math.max(0, leftMs)))
    if (waitMs === 0) return { state: 'now' }
    if (waitMs === null) return { state: 'later', waitMs: bucket.waitMs() }
    try {
      await sleep(waitMs, undefined, { signal })
      return { state: 'now' }
    } catch {
      bucket.putBack()
      return { state: 'stopped' }
    }
  }

  #bucket(key: string, perSecond: number): TokenBucket {
    const held = this.#buckets.get(key)
    if (held !== undefined && held.perSecond === perSecond) return held
    // A full bucket and a forgotten one are the same, so forgetting all of them costs one burst at most.
    if (this.#buckets.size >= bucketsMax) this.#buckets.clear()
    const bucket = new TokenBucket(perSecond, this.#clock.monotonicMs())
    this.#buckets.set(key, bucket)
    return bucket
  }
}
