import { errorText } from '../../kernel/errors.ts'
import type { Logger } from '../../kernel/logger.ts'
import type { CommandQueue, SettledAttempt } from '../commands/command-queue.ts'

const batchMax = 200
const retryMsMax = 2_000

/**
 * Writes the ends of attempts together: what ends while a transaction is under way goes into the next. A failed write is
 * repeated until it succeeds or the leases are surely over; then the lease's expiry decides, as after a crash.
 */
export class SettlementBatcher {
  readonly counters = { settled: 0, leasesLost: 0, failures: 0 }
  readonly #queue: Pick<CommandQueue, 'settle'>
  readonly #logger: Logger
  readonly #onSettled: () => void
  readonly #nowMs: () => number
  #waiting: Array<{ attempt: SettledAttempt; done: () => void }> = []
  #writing = false

  constructor(options: {
    queue: Pick<CommandQueue, 'settle'>
    logger: Logger
    /** Monotonic milliseconds, as `LeasedCommand.leaseEndsMs`. */
    nowMs: () => number
    /** After each commit: lanes may have a new head. */
    onSettled: () => void
  }) {
    this.#queue = options.queue
    this.#logger = options.logger
    this.#nowMs = options.nowMs
    this.#onSettled = options.onSettled
  }

  /** Resolves once the end of this attempt is written, or cannot be written any more. */
  async settle(attempt: SettledAttempt): Promise<void> {
    await new Promise<void>((done) => {
      this.#waiting.push({ attempt, done })
      if (!this.#writing) void this.#drain()
    })
  }

  async #drain(): Promise<void> {
    this.#writing = true
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, batchMax)
      await this.#write(batch.map(({ attempt }) => attempt))
      for (const { done } of batch) done()
    }
    this.#writing = false
  }

  async #write(attempts: readonly SettledAttempt[]): Promise<void> {
    for (let pauseMs = 50; ; pauseMs = Math.min(pauseMs * 2, retryMsMax)) {
      try {
        const lost = await this.#queue.settle(attempts)
        this.counters.settled += attempts.length - lost.size
        this.counters.leasesLost += lost.size
        if (lost.size > 0)
          this.#logger.warn({ commands: [...lost] }, 'The lease was over before the end could be written')
        this.#onSettled()
        return
      } catch (error) {
        this.counters.failures += 1
        this.#logger.warn(
          { attempts: attempts.length, error: errorText(error) },
          'The ends of attempts were not written yet',
        )
        if (attempts.every(({ leased }) => leased.leaseEndsMs < this.#nowMs())) return
        await new Promise((resolve) => setTimeout(resolve, pauseMs))
      }
    }
  }
}
