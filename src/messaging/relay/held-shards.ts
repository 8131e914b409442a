import type { Clock } from '../../kernel/clock.ts'
import type { PublishStop } from '../bus/publication.ts'
import type { ShardLease } from '../ownership/shard-leases.ts'
import type { OutgoingEvent } from './event-log.ts'

/** A shard that stands still because the bus refuses its next event. */
export interface RefusedShard {
  readonly shard: number
  readonly eventId: string
  readonly why: string
  readonly tries: number
  /** Since when, milliseconds. */
  readonly ms: number
}

interface Held {
  readonly epoch: string
  readonly eventId: string
  readonly stop: PublishStop
  readonly tries: number
  readonly sinceMs: number
  readonly untilMs: number
}

const refusedMsMin = 1_000
/** A server that is told to take larger messages is noticed within this time. */
const refusedMsMax = 30_000
/** A bus that is away is asked again as often as an idle log is looked at. */
const awayMs = 400

/**
 * Shards whose next event the bus did not take, each held back for a time of its own: growing while the same event is refused,
 * short while the bus is away. The others go on meanwhile. At most one entry for each owned shard.
 */
export class HeldShards {
  readonly #clock: Clock
  readonly #held = new Map<number, Held>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** The shards that may be published now. */
  ready(leases: readonly ShardLease[]): readonly ShardLease[] {
    if (this.#held.size === 0) return leases
    const owned = new Map(leases.map(({ shard, epoch }) => [shard, epoch]))
    for (const [shard, { epoch }] of this.#held) if (owned.get(shard) !== epoch) this.#held.delete(shard)
    const now = this.#clock.monotonicMs()
    return leases.filter(({ shard }) => (this.#held.get(shard)?.untilMs ?? 0) <= now)
  }

  /** Of a shard whose first event was refused only that one: what stands behind it would be sent again with each try. */
  tryable(events: readonly OutgoingEvent[]): readonly OutgoingEvent[] {
    if (this.#held.size === 0) return events
    const begun = new Set<number>()
    return events.filter(({ shard }) => {
      const isFirst = !begun.has(shard)
      begun.add(shard)
      return isFirst || this.#held.get(shard)?.stop.kind !== 'refused'
    })
  }

  hold({ shard, epoch }: ShardLease, eventId: string, stop: PublishStop): void {
    const now = this.#clock.monotonicMs()
    const before = this.#held.get(shard)
    const again = before?.eventId === eventId && before.stop.kind === stop.kind ? before : null
    const tries = (again?.tries ?? 0) + 1
    const pauseMs = stop.kind === 'away' ? awayMs : Math.min(refusedMsMin * 2 ** (tries - 1), refusedMsMax)
    const sinceMs = again?.sinceMs ?? now
    this.#held.set(shard, { epoch, eventId, stop, tries, sinceMs, untilMs: now + pauseMs })
  }

  release(shard: number): void {
    this.#held.delete(shard)
  }

  refused(): readonly RefusedShard[] {
    const now = this.#clock.monotonicMs()
    return [...this.#held]
      .filter(([, { stop }]) => stop.kind === 'refused')
      .map(([shard, { eventId, stop, tries, sinceMs }]) => ({
        shard,
        eventId,
        why: stop.why,
        tries,
        ms: now - sinceMs,
      }))
  }
}
