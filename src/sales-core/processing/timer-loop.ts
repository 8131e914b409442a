import type { Clock } from '../../kernel/clock.ts'
import type { Logger } from '../../kernel/logger.ts'
import { Loop } from '../../kernel/loop.ts'
import type { ShardLease } from '../../messaging/ownership/shard-leases.ts'
import type { TimerStore } from './decision-store.ts'
import { WakeWindow } from './wake-window.ts'

/**
 * Turns waits that are over into `timer.due` events. Only for owned shards, so that two daemons do not race for one timer. However
 * many fall due at once, only as many are under way as are applied in a moment: the rest waits where it slept.
 */
export class TimerLoop extends Loop {
  readonly counters: { fired: number }
  readonly #window: WakeWindow

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
    const window = new WakeWindow(options.clock)
    super({
      name: 'timers',
      idleMs: options.idleMs ?? 1_000,
      clock: options.clock,
      logger: options.logger,
      runOnce: async () => {
        await window.room()
        const shards = options.leases().map(({ shard }) => shard)
        if (shards.length === 0) return 0
        const fired = await options.timers.fireDue(shards, window.size)
        counters.fired += fired
        window.fired(fired)
        if (fired > 0) options.onFired()
        return fired
      },
    })
    this.counters = counters
    this.#window = window
  }

  /** What was applied to entities here: timers, and events that came from outside. */
  applied(timers: number, fromOutside: number): void {
    this.#window.applied(timers, fromOutside)
  }
}
