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
  /** Wait when nothing is new; a commit in this process wakes it at once. */
  readonly idleMs?: number
  /** Most rows of one shard in one round. */
  readonly perShardMax?: number
}

/**
 * The outbox relay: reads what was committed behind each owned shard's cursor, publishes it, then moves the cursors. A
 * crash in between publishes again what was published; the consumer skips it by entity order.
 */
export class Relay extends Loop {
  readonly counters: { published: number; leasesLost: number }

  constructor(options: RelayOptions) {
    const counters = { published: 0, leasesLost: 0 }
    super({
      name: 'relay',
      idleMs: options.idleMs ?? 200,
      clock: options.clock,
      logger: options.logger,
      runOnce: async () => await relayOnce(options, counters),
    })
    this.counters = counters
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
