import type { Clock } from '../../kernel/clock.ts'
import { noCrashPoints } from '../../kernel/crash-points.ts'
import type { CrashPoints } from '../../kernel/crash-points.ts'
import type { Logger } from '../../kernel/logger.ts'
import { Loop } from '../../kernel/loop.ts'
import type { LogRetention } from './log-retention.ts'

const dayMs = 86_400_000

/** How long events are kept when nobody says otherwise: 400 days, so that a year can be compared with the one before. */
export const retentionEventsMsDefault = 400 * dayMs
/** Less would be less than what duplicates are recognised by. */
export const retentionEventsMsMin = 7 * dayMs

export interface RetentionLoopOptions {
  readonly log: LogRetention
  /** How long events, and what came of them, are kept. Default 400 days, at least 7. */
  readonly keepMs?: number
  /** How long the bus keeps messages at most: the log must not forget before it. */
  readonly busKeepsMs: number
  readonly clock: Clock
  readonly logger: Logger
  readonly crashPoints?: CrashPoints
  readonly idleMs?: number
  /** Most partitions looked at in one round. */
  readonly partitionsMax?: number
  /** Most rows of a kind deleted in one statement. */
  readonly batchMax?: number
}

/** Drops days of the log that nothing needs any more, and deletes what ended as long ago. */
export class RetentionLoop extends Loop {
  readonly counters: { partitionsDropped: number; partitionsHeld: number; rowsDeleted: number }
  readonly #log: LogRetention

  constructor(options: RetentionLoopOptions) {
    const counters = { partitionsDropped: 0, partitionsHeld: 0, rowsDeleted: 0 }
    super({
      name: 'retention',
      idleMs: options.idleMs ?? 600_000,
      clock: options.clock,
      logger: options.logger,
      runOnce: async () => {
        counters.partitionsDropped += await dropExpired(options, counters)
        const deleted = await options.log.deleteEnded(keptMs(options), options.batchMax ?? 2_000)
        counters.rowsDeleted += deleted
        // A full batch says that there is more.
        return deleted
      },
    })
    this.counters = counters
    this.#log = options.log
  }

  /** A look at the days of the log is not waited for: it is made again at the next start. */
  override async stop(): Promise<void> {
    const stopped = super.stop()
    await this.#log.breakOff()
    await stopped
  }
}

function keptMs({ keepMs = retentionEventsMsDefault, busKeepsMs }: RetentionLoopOptions): number {
  return Math.max(keepMs, busKeepsMs, retentionEventsMsMin)
}

async function dropExpired(
  options: RetentionLoopOptions,
  counters: { partitionsHeld: number },
): Promise<number> {
  const { log, logger, crashPoints = noCrashPoints } = options
  // What an earlier round, or a daemon that died in the middle of one, left detached.
  let dropped = (await log.dropDetached()).length
  const expired = await log.expired(keptMs(options), options.partitionsMax ?? 60)
  const held = expired.filter(({ heldBy }) => heldBy !== null)
  counters.partitionsHeld = held.length
  if (held.length > 0) {
    const partitions = held.map(({ name, heldBy }) => `${name}: ${heldBy}`)
    logger.info({ partitions }, 'Days of the log that are older than what is kept are still needed')
  }
  for (const { name, heldBy } of expired) {
    if (heldBy !== null || !(await log.detach(name))) continue
    crashPoints.reach('retention.between_detach_and_drop')
    dropped += (await log.dropDetached()).length
  }
  return dropped
}
