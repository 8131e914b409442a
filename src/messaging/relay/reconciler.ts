import type { Clock } from '../../kernel/clock.ts'
import type { Logger } from '../../kernel/logger.ts'
import { Loop } from '../../kernel/loop.ts'
import type { EventBus } from '../bus/event-bus.ts'
import type { ShardLease } from '../ownership/shard-leases.ts'
import type { OutgoingEvent } from './event-log.ts'
import type { OverdueEvents } from './overdue-events.ts'

export interface ReconcilerOptions {
  readonly events: OverdueEvents
  readonly bus: Pick<EventBus, 'backlog' | 'publish'>
  readonly leases: () => readonly ShardLease[]
  readonly clock: Clock
  readonly logger: Logger
  /** How long an event may be under way before it counts as overdue. */
  readonly olderThanMs?: number
  readonly idleMs?: number
  readonly perShardMax?: number
}

/**
 * Publishes again what the bus lost: events that were published, are not applied, and for whose shard the bus has nothing
 * left to deliver. A backlog is not a loss: while the bus still holds messages of a shard, its events are left to it.
 */
export class Reconciler extends Loop {
  readonly counters: { repaired: number }

  constructor(options: ReconcilerOptions) {
    const counters = { repaired: 0 }
    // A repeated message id is swallowed by the bus, so each repair of this process uses its own publish number.
    let publishNumber = Math.floor(options.clock.now().getTime() / 1_000)
    super({
      name: 'reconciler',
      idleMs: options.idleMs ?? 5_000,
      clock: options.clock,
      logger: options.logger,
      runOnce: async () => {
        const lost = await findLost(options)
        if (lost.length === 0) return 0
        publishNumber += 1
        const stored = await options.bus.publish(lost, publishNumber)
        counters.repaired += stored
        options.logger.warn({ events: stored }, 'Events that the bus had lost were published again')
        // Not again at once: they need a moment to be applied.
        return 0
      },
    })
    this.counters = counters
  }
}

async function findLost(options: ReconcilerOptions): Promise<readonly OutgoingEvent[]> {
  const leases = options.leases()
  if (leases.length === 0) return []
  const limits = { olderThanMs: options.olderThanMs ?? 10_000, perShardMax: options.perShardMax ?? 500 }
  const overdue = await options.events.overdue(leases, limits)
  const shards = [...new Set(overdue.map(({ shard }) => shard))]
  const backlogs = new Map(
    await Promise.all(shards.map(async (shard) => [shard, await options.bus.backlog(shard)] as const)),
  )
  return overdue.filter(({ shard }) => backlogs.get(shard) === 0)
}
