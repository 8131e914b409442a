/** Times kept of each tenant and type of event. */
const timesKept = 256
/** Fewer say nothing. */
const timesMin = 50
/** The threshold is read from the kept times again after so many. */
const refreshEvery = 32

interface Kept {
  readonly times: Float64Array
  added: number
  p90: number | null
}

/**
 * What deciding takes under the baseline: the rolling 90th percentile of each tenant and type of event, of the last few hundred
 * times on this daemon. Bounded: the tenants and types that were seen longest ago are forgotten.
 */
export class BaselineLatency {
  readonly #kept = new Map<string, Kept>()
  readonly #keysMax: number

  constructor(keysMax = 2_000) {
    this.#keysMax = keysMax
  }

  /** Is `ms` above what nine of ten decisions of the baseline take? Null: too few were timed. */
  isSlow(tenantId: string, eventType: string, ms: number): boolean | null {
    const p90 = this.#kept.get(keyOf(tenantId, eventType))?.p90 ?? null
    return p90 === null ? null : ms > p90
  }

  /** Adds what the baseline took. */
  add(tenantId: string, eventType: string, ms: number): void {
    const key = keyOf(tenantId, eventType)
    let kept = this.#kept.get(key)
    if (kept === undefined) kept = { times: new Float64Array(timesKept), added: 0, p90: null }
    else this.#kept.delete(key)
    this.#kept.set(key, kept)
    const [oldest] = this.#kept.keys()
    if (this.#kept.size > this.#keysMax && oldest !== undefined) this.#kept.delete(oldest)
    kept.times[kept.added % timesKept] = ms
    kept.added += 1
    if (kept.added >= timesMin && (kept.p90 === null || kept.added % refreshEvery === 0))
      kept.p90 = p90Of(kept)
  }
}

function p90Of({ times, added }: Kept): number {
  const sorted = times.slice(0, Math.min(added, timesKept)).sort()
  return sorted[Math.ceil(sorted.length * 0.9) - 1] ?? 0
}

function keyOf(tenantId: string, eventType: string): string {
  return `${tenantId} ${eventType}`
}
