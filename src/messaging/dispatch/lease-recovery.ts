import type { Clock } from '../../kernel/clock.ts'
import type { Logger } from '../../kernel/logger.ts'
import { Loop } from '../../kernel/loop.ts'
import type { CommandQueue } from '../commands/command-queue.ts'

/** Looks for attempts whose lease ran out (a daemon died or hung) and puts them back or in doubt. */
export class LeaseRecovery extends Loop {
  readonly counters: { recovered: number }

  constructor(options: {
    queue: Pick<CommandQueue, 'recoverExpired'>
    clock: Clock
    logger: Logger
    onRecovered: () => void
    idleMs?: number
  }) {
    const counters = { recovered: 0 }
    super({
      name: 'lease-recovery',
      idleMs: options.idleMs ?? 2_000,
      clock: options.clock,
      logger: options.logger,
      runOnce: async () => {
        const recovered = await options.queue.recoverExpired()
        counters.recovered += recovered
        if (recovered > 0) options.onRecovered()
        return recovered
      },
    })
    this.counters = counters
  }
}
