import type { Clock } from '../../kernel/clock.ts'
import type { Logger } from '../../kernel/logger.ts'
import { Loop } from '../../kernel/loop.ts'
import type { EventBus, ShardProgress } from '../bus/event-bus.ts'
import { sortOut } from '../bus/publication.ts'
import type { ShardLease } from '../ownership/shard-leases.ts'
import type { LogPosition, OutgoingEvent } from './event-log.ts'
import { standsBefore } from './log-order.ts'
import type { OverdueEvents } from './overdue-events.ts'

export interface ReconcilerOptions {
  readonly events: OverdueEvents
  readonly bus: Pick<EventBus, 'progress' | 'publish'>
  readonly leases: () => readonly ShardLease[]
  readonly clock: Clock
  readonly logger: Logger
  /** How long an event may be under way before it counts as overdue. */
  readonly olderThanMs?: number
  readonly idleMs?: number
  readonly perShardMax?: number
}

/** Event id -> where its shard's log ended when it was first found, or was published again: what the bus got by then stands no further. */
type Bounds = ReadonlyMap<string, LogPosition>

/**
 * Publishes again what the bus lost: events that were published, are not applied, and that the bus has passed, or for whose
 * shard it has nothing left to deliver. A backlog is not a loss, however long it grows.
 */
export class Reconciler extends Loop {
  readonly counters: { repaired: number }

  constructor(options: ReconcilerOptions) {
    const counters = { repaired: 0 }
    const round = new Round(options)
    super({
      name: 'reconciler',
      idleMs: options.idleMs ?? 5_000,
      clock: options.clock,
      logger: options.logger,
      runOnce: async () => {
        counters.repaired += await round.run()
        // Not again at once: what was repaired needs a moment to be applied.
        return 0
      },
    })
    this.counters = counters
  }
}

/** One look at the log and the bus after another, and what earlier ones found. */
class Round {
  readonly #options: ReconcilerOptions
  /** A repeated message id is swallowed by the bus, so each repair of this process uses its own publish number. */
  #publishNumber: number
  #bounds: Bounds = new Map()

  constructor(options: ReconcilerOptions) {
    this.#options = options
    this.#publishNumber = Math.floor(options.clock.now().getTime() / 1_000)
  }

  /** Returns how many events were published again. */
  async run(): Promise<number> {
    const lost = await this.#lost()
    if (lost.length === 0) return 0
    const { bus, logger } = this.#options
    this.#publishNumber += 1
    const { stored } = sortOut(lost, await bus.publish(lost, this.#publishNumber))
    await this.#bound(stored)
    if (stored.length > 0)
      logger.warn({ events: stored.length }, 'Events that the bus had lost were published again')
    return stored.length
  }

  /**
   * The bus is asked between two looks at the log. What the first look found had been published before the bus was asked; what
   * the second still finds was not applied when the bus had already passed it. An event that is published, delivered or applied
   * at just that time fails one of the two.
   */
  async #lost(): Promise<readonly OutgoingEvent[]> {
    const before = await this.#overdue()
    this.#forgetApplied(before)
    if (before.length === 0) return []
    await this.#bound(before.filter(({ eventId }) => !this.#bounds.has(eventId)))
    const shards = [...new Set(before.map(({ shard }) => shard))]
    const progress = new Map(
      await Promise.all(
        shards.map(async (shard) => [shard, await this.#options.bus.progress(shard)] as const),
      ),
    )
    const suspects = new Set(
      before
        .filter((event) => this.#passed(event, progress.get(event.shard) ?? null))
        .map(({ eventId }) => eventId),
    )
    if (suspects.size === 0) return []
    return (await this.#overdue()).filter(({ eventId }) => suspects.has(eventId))
  }

  /**
   * Will the bus deliver it no more? Within a batch the bus may hold events in another order than the log, and a repair stands
   * behind all that was published before it: so the bus must have come to something that was published later.
   */
  #passed(event: OutgoingEvent, progress: ShardProgress | null): boolean {
    if (progress === null) return false
    if (progress.backlog === 0) return true
    const bound = this.#bounds.get(event.eventId)
    if (progress.settledTo === null || bound === undefined) return false
    return standsBefore(bound, progress.settledTo)
  }

  /** These are on the bus by now, if at all. */
  async #bound(published: readonly OutgoingEvent[]): Promise<void> {
    if (published.length === 0) return
    const newest = await this.#options.events.newest([...new Set(published.map(({ shard }) => shard))])
    const bounds = new Map(this.#bounds)
    for (const { eventId, shard } of published) {
      const end = newest.get(shard)
      if (end !== undefined) bounds.set(eventId, end)
    }
    this.#bounds = bounds
  }

  async #overdue(): Promise<readonly OutgoingEvent[]> {
    const { events, leases, olderThanMs = 10_000, perShardMax = 500 } = this.#options
    const held = leases()
    return held.length === 0 ? [] : await events.overdue(held, { olderThanMs, perShardMax })
  }

  /** There are never more bounds than overdue events. */
  #forgetApplied(overdue: readonly OutgoingEvent[]): void {
    if (this.#bounds.size === 0) return
    const still = new Set(overdue.map(({ eventId }) => eventId))
    this.#bounds = new Map([...this.#bounds].filter(([eventId]) => still.has(eventId)))
  }
}
