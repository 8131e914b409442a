import { setTimeout as sleep } from 'node:timers/promises'
import { noCrashPoints } from '../../kernel/crash-points.ts'
import type { CrashPoints } from '../../kernel/crash-points.ts'
import { errorText, NxError } from '../../kernel/errors.ts'
import type { Logger } from '../../kernel/logger.ts'
import type { CommandQueue, SettledAttempt } from '../commands/command-queue.ts'

const batchMax = 200
const retryMsMin = 50
const retryMsMax = 2_000

interface Waiting {
  readonly attempt: SettledAttempt
  readonly done: () => void
}

/**
 * Writes the ends of attempts together: what ends while a transaction is under way goes into the next. While the database
 * cannot be reached the write is repeated until it succeeds or the leases are surely over; a batch that the database
 * refuses is halved until what it refuses stands alone. What cannot be written is left to its lease, as after a crash.
 */
export class SettlementBatcher {
  /** `staleRejected`: ends that came after their lease was lost. `poisoned`: ends that the database refuses. */
  readonly counters = { settled: 0, staleRejected: 0, failures: 0, poisoned: 0, abandoned: 0 }
  readonly #queue: Pick<CommandQueue, 'settle'>
  readonly #logger: Logger
  readonly #onSettled: () => void
  readonly #nowMs: () => number
  readonly #crashPoints: CrashPoints
  readonly #waiting: Waiting[] = []
  #writing = false
  #endMs = Number.POSITIVE_INFINITY

  constructor(options: {
    queue: Pick<CommandQueue, 'settle'>
    logger: Logger
    /** Monotonic milliseconds, as `LeasedCommand.leaseEndsMs`. */
    nowMs: () => number
    /** After each commit: lanes may have a new head. */
    onSettled: () => void
    crashPoints?: CrashPoints
  }) {
    this.#queue = options.queue
    this.#logger = options.logger
    this.#nowMs = options.nowMs
    this.#onSettled = options.onSettled
    this.#crashPoints = options.crashPoints ?? noCrashPoints
  }

  /** Resolves once the end of this attempt is written, or cannot be written any more. */
  async settle(attempt: SettledAttempt): Promise<void> {
    await new Promise<void>((done) => {
      this.#waiting.push({ attempt, done })
      if (!this.#writing) void this.#drain()
    })
  }

  /** From this moment (monotonic) on a failed write is not repeated any more: for a stop that must not wait. */
  giveUpAt(endMs: number): void {
    this.#endMs = endMs
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
    for (let pauseMs = retryMsMin; ; pauseMs = Math.min(pauseMs * 2, retryMsMax)) {
      try {
        this.#note(attempts, await this.#queue.settle(attempts))
        return
      } catch (error) {
        this.counters.failures += 1
        this.#logger.warn(
          { attempts: attempts.length, error: errorText(error) },
          'The ends of attempts were not written yet',
        )
        if (!isPassing(error)) return await this.#writeHalves(attempts, error)
        const nowMs = this.#nowMs()
        if (nowMs > this.#endMs || attempts.every(({ leased }) => leased.leaseEndsMs < nowMs)) {
          this.counters.abandoned += attempts.length
          return
        }
        await sleep(pauseMs)
      }
    }
  }

  /** One of them is refused: it must not keep the others from being written. */
  async #writeHalves(attempts: readonly SettledAttempt[], error: unknown): Promise<void> {
    if (attempts.length === 1) {
      this.counters.poisoned += 1
      this.#logger.error(
        { command: attempts[0]?.leased.command.id, error: errorText(error) },
        'The end of an attempt is refused by the database; its lease will end it',
      )
      return
    }
    const middle = Math.ceil(attempts.length / 2)
    await this.#write(attempts.slice(0, middle))
    await this.#write(attempts.slice(middle))
  }

  #note(attempts: readonly SettledAttempt[], lost: ReadonlySet<string>): void {
    this.counters.settled += attempts.length - lost.size
    this.counters.staleRejected += lost.size
    if (lost.size > 0)
      this.#logger.warn({ commands: [...lost] }, 'The lease was over before the end could be written')
    this.#crashPoints.reach('dispatch.after_settled')
    this.#onSettled()
  }
}

/** Would the same write succeed later? What is not known to be the database's refusal of these rows is taken for passing. */
function isPassing(error: unknown): boolean {
  return !(error instanceof NxError) || error.retryable
}
