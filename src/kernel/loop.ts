import type { Clock } from './clock.ts'
import { errorText } from './errors.ts'
import type { Logger } from './logger.ts'
import type { Service } from './service.ts'

export interface LoopOptions {
  readonly name: string
  /** One round. Returns how many things it did: more than none runs the next round at once, none waits `idleMs`. */
  readonly runOnce: () => Promise<number>
  /** Wait after a round that did nothing, milliseconds; a function is asked after each such round. */
  readonly idleMs: number | (() => Promise<number>)
  /** First wait after a failed round, doubled up to `failureMsMax` while it keeps failing. */
  readonly failureMs?: number
  readonly failureMsMax?: number
  readonly clock: Clock
  readonly logger: Logger
}

/**
 * A background loop: rounds one after another, woken early by `wake()`. A round that throws is logged and tried again
 * after a growing pause; the loop itself never dies. `lastSuccessMs` (monotonic) tells monitors that it works.
 */
export class Loop implements Service {
  readonly name: string
  lastSuccessMs: number | null = null
  rounds = 0
  failures = 0
  readonly #options: LoopOptions
  #stopping = false
  #running: Promise<void> | null = null
  #wakeUp: (() => void) | null = null
  #woken = false

  constructor(options: LoopOptions) {
    this.name = options.name
    this.#options = options
  }

  async start(): Promise<void> {
    this.#stopping = false
    this.#running ??= this.#run()
  }

  /** Ends after the round under way. */
  async stop(): Promise<void> {
    this.#stopping = true
    this.wake()
    await this.#running
    this.#running = null
  }

  /** Runs the next round now instead of after the idle wait. Cheap; may be called from anywhere. */
  wake(): void {
    this.#woken = true
    this.#wakeUp?.()
  }

  async #run(): Promise<void> {
    const { runOnce, idleMs, failureMs = 100, failureMsMax = 5_000, clock, logger } = this.#options
    let pauseMs = failureMs
    while (!this.#stopping) {
      this.#woken = false
      try {
        const done = await runOnce()
        this.lastSuccessMs = clock.monotonicMs()
        this.rounds += 1
        pauseMs = failureMs
        if (done === 0) await this.#sleep(typeof idleMs === 'number' ? idleMs : await idleMs())
        // A busy loop must let the process's other work in, signals and sockets included.
        else await new Promise((resolve) => setImmediate(resolve))
      } catch (error) {
        this.failures += 1
        logger.warn(
          { loop: this.name, error: errorText(error), retryMs: pauseMs },
          'A round failed; it will be tried again',
        )
        this.#woken = false
        await this.#sleep(pauseMs)
        pauseMs = Math.min(pauseMs * 2, failureMsMax)
      }
    }
  }

  async #sleep(ms: number): Promise<void> {
    if (this.#woken || this.#stopping) return
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms)
      this.#wakeUp = () => {
        clearTimeout(timer)
        resolve()
      }
    })
    this.#wakeUp = null
  }
}
