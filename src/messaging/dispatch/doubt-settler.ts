import type { Clock } from '../../kernel/clock.ts'
import type { Logger } from '../../kernel/logger.ts'
import { Loop } from '../../kernel/loop.ts'
import type { CommandExecutor, Verification } from '../commands/command-executor.ts'
import type { DoubtfulCommand, DoubtQueue, DoubtVerdict } from '../commands/doubt-queue.ts'

/** Waits after the first look, the second …; after the last a person decides. Milliseconds. */
const defaultPausesMs: readonly number[] = [15_000, 45_000, 120_000, 300_000]
const looksAtOnce = 8

/**
 * Looks up commands of which nobody knows whether they took effect, where their operation says how: what happened ends well,
 * what did not is tried again, the rest stays for a person. Looks are calls that change nothing.
 */
export class DoubtSettler extends Loop {
  readonly counters: { happened: number; didNotHappen: number; unknown: number; leftToAPerson: number }

  constructor(options: {
    doubts: DoubtQueue
    executor: Pick<CommandExecutor, 'verify'>
    clock: Clock
    logger: Logger
    /** A lane has gone on. */
    onSettled: () => void
    idleMs?: number
    /** How long one look may take. */
    leaseMs?: number
    pausesMs?: readonly number[]
  }) {
    const counters = { happened: 0, didNotHappen: 0, unknown: 0, leftToAPerson: 0 }
    const { doubts, executor, clock, onSettled, idleMs = 2_000, leaseMs = 30_000 } = options
    const abort = new AbortController()
    const look = async (doubt: DoubtfulCommand): Promise<void> => {
      const leased = { ...doubt.leased, leaseEndsMs: clock.monotonicMs() + leaseMs }
      const found: Verification =
        executor.verify === undefined
          ? { state: 'not_verifiable' }
          : await executor.verify(leased, doubt.sentAgoMs, abort.signal)
      const verdict = verdictOf(found, doubt.looks, options.pausesMs ?? defaultPausesMs)
      if (!(await doubts.settleDoubt(doubt, verdict))) return
      if (verdict.state === 'happened') counters.happened += 1
      else if (verdict.state === 'did_not_happen') counters.didNotHappen += 1
      else if (verdict.state === 'look_again') counters.unknown += 1
      else counters.leftToAPerson += 1
      if (verdict.state === 'happened' || verdict.state === 'did_not_happen') onSettled()
    }
    super({
      name: 'doubt-settler',
      idleMs,
      clock,
      logger: options.logger,
      runOnce: async () => {
        const taken = await doubts.takeDoubts({ max: looksAtOnce, leaseMs })
        await Promise.all(taken.map(look))
        return taken.length
      },
    })
    this.counters = counters
    this.#abort = abort
  }

  readonly #abort: AbortController

  /** Looks under way are broken off: they are made again later. */
  override async stop(): Promise<void> {
    this.#abort.abort()
    await super.stop()
  }
}

function verdictOf(found: Verification, looks: number, pausesMs: readonly number[]): DoubtVerdict {
  if (found.state === 'happened' || found.state === 'did_not_happen') return found
  const inMs = pausesMs[looks - 1]
  if (found.state === 'not_verifiable' || inMs === undefined) return { state: 'left_to_a_person' }
  return { state: 'look_again', inMs }
}
