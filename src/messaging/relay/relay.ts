import type { Clock } from '../../kernel/clock.ts'
import type { Logger } from '../../kernel/logger.ts'
import { Loop } from '../../kernel/loop.ts'
import type { EventBus } from '../bus/event-bus.ts'
import type { ShardLease } from '../ownership/shard-leases.ts'
import type { EventLogOutbox, LogPosition, OutgoingEvent } from './event-log.ts'

export interface RelayOptions {
  readonly outbox: EventLogOutbox
  readonly bus: EventBus
  readonly leases: () => readonly ShardLease[]
  /** A shard was lost while publishing: ask for the leases anew. */
  readonly onLeaseLost: () => void
  readonly clock: Clock
  readonly logger: Logger
  /** Wait when nothing is new. A commit in this process, or another daemon's nudge, ends it at once. */
  readonly idleMs?: number
  /** Most rows of one shard in one round. */
  readonly perShardMax?: number
}

/** How often, and for how long after a wake, the log is looked at although it seemed to hold nothing. */
const fenceMs = 8
const awakeMs = 300

/**
 * The outbox relay: reads what was committed behind each owned shard's cursor, publishes it, then moves the cursors. A
 * crash in between publishes again what was published; the consumer skips it by entity order.
 */
export class Relay extends Loop {
  readonly counters: { published: number; leasesLost: number; troubles: number }
  readonly #clock: Clock
  readonly #awake: { untilMs: number }

  constructor(options: RelayOptions) {
    const counters = { published: 0, leasesLost: 0, troubles: 0 }
    const awake = { untilMs: 0 }
    const { clock, logger, idleMs = 400 } = options
    super({
      name: 'relay',
      // What was just committed may still stand behind an older transaction that is in progress.
      idleMs: async () => (clock.monotonicMs() < awake.untilMs ? Math.min(fenceMs, idleMs) : idleMs),
      clock,
      logger,
      runOnce: async () => await relayOnce(options, counters),
    })
    this.counters = counters
    this.#clock = clock
    this.#awake = awake
  }

  /** Something was committed: look now, and often for a moment. */
  override wake(): void {
    this.#awake.untilMs = this.#clock.monotonicMs() + awakeMs
    super.wake()
  }
}

/** One round: returns how many events were published. */
async function relayOnce(options: RelayOptions, counters: Relay['counters']): Promise<number> {
  const leases = options.leases()
  if (leases.length === 0) return 0
  const events = await options.outbox.unpublished(leases, options.perShardMax ?? 100)
  if (events.length === 0) return 0

  const stored = await options.bus.publish(events)
  counters.published += stored
  const stuck = events[stored]
  if (stuck !== undefined) {
    counters.troubles += 1
    await options.outbox.recordTrouble([stuck.eventId], 'The bus did not store it')
  }
  const lost = await options.outbox.advance(movesOf(events.slice(0, stored), leases))
  if (lost.length > 0) {
    counters.leasesLost += lost.length
    options.onLeaseLost()
    // Not again at once: the same rows would be read until the new leases are known.
    return 0
  }
  return stored
}

/** How far each shard's cursor may move: to its last published event. */
function movesOf(
  events: readonly OutgoingEvent[],
  leases: readonly ShardLease[],
): readonly { lease: ShardLease; to: LogPosition }[] {
  const last = new Map<number, LogPosition>()
  for (const event of events) last.set(event.shard, event.position)
  return leases.flatMap((lease) => {
    const to = last.get(lease.shard)
    return to === undefined ? [] : [{ lease, to }]
  })
}
