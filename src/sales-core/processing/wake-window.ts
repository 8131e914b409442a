import type { Clock } from '../../kernel/clock.ts'

/** Timers that fire together while nothing comes from outside. */
const sizeAlone = 1_000
/** The same while something does: it then finds no more before it than a transaction or two of each worker. */
const sizeInCompany = 16
/** For so long after an event from outside the next is expected. */
const companyMs = 5_000
/** After so long without any progress what is under way is somebody else's: the shard has changed hands, or the bus stands. */
const stalledMs = 1_000

/**
 * How many timers may be under way between the log and their entities. Whatever falls due at one instant would otherwise stand in
 * every shard's queue before the events that come in meanwhile, of all tenants.
 */
export class WakeWindow {
  readonly #clock: Clock
  /** Below zero while some are applied that are still being counted as fired. */
  #underWay = 0
  #companyUntilMs = Number.NEGATIVE_INFINITY
  #moved: (() => void) | null = null

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Most timers of the next round. */
  get size(): number {
    return this.#clock.monotonicMs() < this.#companyUntilMs ? sizeInCompany : sizeAlone
  }

  /** Before a round. Resolves when all but half of the last has been applied, or when nothing moves any more. */
  async room(): Promise<void> {
    this.#underWay = Math.max(0, this.#underWay)
    while (this.#underWay > this.size / 2) if (!(await this.#progress())) this.#underWay = 0
  }

  fired(count: number): void {
    this.#underWay += count
  }

  /** Timers that were decided and committed here, whoever fired them, and events that came from outside. */
  applied(timers: number, fromOutside: number): void {
    if (fromOutside > 0) this.#companyUntilMs = this.#clock.monotonicMs() + companyMs
    if (timers === 0) return
    this.#underWay -= timers
    this.#moved?.()
  }

  /** False when none comes for too long. */
  async #progress(): Promise<boolean> {
    return await new Promise<boolean>((resolve) => {
      const end = (moved: boolean): void => {
        clearTimeout(timer)
        this.#moved = null
        resolve(moved)
      }
      const timer = setTimeout(() => end(false), stalledMs)
      this.#moved = () => end(true)
    })
  }
}
