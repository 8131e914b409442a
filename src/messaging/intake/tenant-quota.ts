import type { Clock } from '../../kernel/clock.ts'
import { formatDuration } from '../../kernel/duration.ts'
import { EventBucket } from './event-bucket.ts'
import { RetryLater } from './retry-later.ts'
import type { TenantLimits } from './tenant-limits.ts'

export interface TenantQuotaOptions {
  readonly limits: Pick<TenantLimits, 'intake'>
  /** How many daemons serve now: each grants its part of a tenant's rate. */
  readonly liveDaemons: () => number
  readonly clock: Clock
}

/** What is left of a tenant's quota in this daemon. */
export interface QuotaState {
  readonly perSecond: number
  readonly burst: number
  readonly remaining: number
  readonly fullInMs: number
}

/** A full bucket and a forgotten one are the same, so forgetting all of them costs one burst at most. */
const bucketsMax = 10_000

/** How many events of a tenant this daemon takes: `intake.eventsPerSecond` and `intake.burst` of its Limits, divided by the live daemons. */
export class TenantQuota {
  readonly counters = { granted: 0, refused: 0 }
  readonly #options: TenantQuotaOptions
  readonly #buckets = new Map<string, EventBucket>()

  constructor(options: TenantQuotaOptions) {
    this.#options = options
  }

  /** Takes `events` of the tenant's quota. Throws NX-INTAKE-RATE (RetryLater) when it has not as many; nothing is taken then. */
  take(tenantId: string, events: number): void {
    const waitMs = this.#bucket(tenantId).take(events, this.#options.clock.monotonicMs())
    if (waitMs > 0) throw this.#refusal(tenantId, waitMs)
    this.counters.granted += events
  }

  /** Throws what `take` would for a single event: before the work of reading a request is done. Takes nothing. */
  requireAny(tenantId: string): void {
    const waitMs = this.waitMs(tenantId)
    if (waitMs > 0) throw this.#refusal(tenantId, waitMs)
  }

  /** Milliseconds until a single event of the tenant would be taken; 0: now. */
  waitMs(tenantId: string): number {
    return this.#bucket(tenantId).waitMs(1, this.#options.clock.monotonicMs())
  }

  /** What was taken was not stored. */
  putBack(tenantId: string, events: number): void {
    this.#bucket(tenantId).putBack(events)
    this.counters.granted -= events
  }

  state(tenantId: string): QuotaState {
    return { ...this.#rate(tenantId), ...this.#bucket(tenantId).state(this.#options.clock.monotonicMs()) }
  }

  #rate(tenantId: string): { perSecond: number; burst: number } {
    const { eventsPerSecond, burst } = this.#options.limits.intake(tenantId)
    const daemons = Math.max(1, this.#options.liveDaemons())
    return { perSecond: eventsPerSecond / daemons, burst: Math.max(1, burst / daemons) }
  }

  #bucket(tenantId: string): EventBucket {
    const rate = this.#rate(tenantId)
    const nowMs = this.#options.clock.monotonicMs()
    const held = this.#buckets.get(tenantId)
    if (held !== undefined) {
      held.setRate(rate, nowMs)
      return held
    }
    if (this.#buckets.size >= bucketsMax) this.#buckets.clear()
    const bucket = new EventBucket(rate, nowMs)
    this.#buckets.set(tenantId, bucket)
    return bucket
  }

  #refusal(tenantId: string, waitMs: number): RetryLater {
    this.counters.refused += 1
    const { perSecond, burst } = this.#rate(tenantId)
    return new RetryLater('NX-INTAKE-RATE', 'The tenant sends more events than it may', waitMs, {
      detail: `It may send ${round(perSecond)} events a second here, ${round(burst)} at once.`,
      fix: `Send it again after ${formatDuration(waitMs)}, or raise intake.eventsPerSecond and intake.burst in the tenant's Limits document.`,
    })
  }
}

function round(value: number): number {
  return Math.round(value * 100) / 100
}
