import type { Clock } from '../../kernel/clock.ts'
import type { Logger } from '../../kernel/logger.ts'
import { Loop } from '../../kernel/loop.ts'
import type { ShardLease } from '../../messaging/ownership/shard-leases.ts'
import type { TimerStore } from './decision-store.ts'

const perRoundMax = 500

/** Turns waits that are over into `timer.due` events. Only for owned shards, so that two daemons do not race for one timer. */
export class TimerLoop extends Loop {
  readonly counters: { fired: number }

  constructor(options: {
    timers: Pick<TimerStore, 'fireDue'>
    leases: () => readonly ShardLease[]
    clock: Clock
    logger: Logger
    /** After timers fired: the relay has something to publish. */
    onFired: () => void
    idleMs?: number
  }) {
    const counters = { fired: 0 }
    super({
      name: 'timers',
      idleMs: options.idleMs ?? 1_000,
      clock: options.clock,
      logger: options.logger,
      runOnce: async () => {
        const shards = options.leases().map(({ shard }) => shard)
        if (shards.length === 0) return 0
        const fired = await options.timers.fireDue(shards, perRoundMax)
        counters.fired += fired
        if (fired > 0) options.onFired()
        return fired
      },
    })
    this.counters = counters
  }
}
