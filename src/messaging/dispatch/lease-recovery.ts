import type { Clock } from '../../kernel/clock.ts'
import type { Logger } from '../../kernel/logger.ts'
import { Loop } from '../../kernel/loop.ts'
import type { CommandQueue } from '../commands/command-queue.ts'
import { defaultRetryPolicy } from '../commands/retry-policy.ts'

/**
 * Looks for attempts whose lease ran out (a daemon died or hung) and puts them back or in doubt, and for commands that a shut
 * gate has kept waiting for too long.
 */
export class LeaseRecovery extends Loop {
  readonly counters: { recovered: number; givenUp: number }

  constructor(options: {
    queue: Pick<CommandQueue, 'recoverExpired' | 'giveUp'>
    clock: Clock
    logger: Logger
    onRecovered: () => void
    idleMs?: number
    /** How long a command may be parked in all. */
    maxElapsedMs?: number
  }) {
    const counters = { recovered: 0, givenUp: 0 }
    super({
      name: 'lease-recovery',
      idleMs: options.idleMs ?? 2_000,
      clock: options.clock,
      logger: options.logger,
      runOnce: async () => {
        const recovered = await options.queue.recoverExpired()
        const givenUp = await options.queue.giveUp(options.maxElapsedMs ?? defaultRetryPolicy.maxElapsedMs)
        counters.recovered += recovered
        counters.givenUp += givenUp
        if (recovered + givenUp > 0) options.onRecovered()
        return recovered + givenUp
      },
    })
    this.counters = counters
  }
}
