import type { Clock } from '../../kernel/clock.ts'
import { errorText } from '../../kernel/errors.ts'
import type { ReadinessCheck } from './gateway-ports.ts'

/** How one dependency does. */
export type CheckReport =
  | { readonly name: string; readonly ok: true; readonly ms: number }
  | { readonly name: string; readonly ok: false; readonly ms: number; readonly error: string }

export interface ReadinessReport {
  readonly ready: boolean
  readonly checks: readonly CheckReport[]
}

/** How long a report is served again instead of asking anew: probes must not become load. */
const freshMs = 1_000

/** Runs the checks together, each within its time; everyone who asks meanwhile shares the answer. */
export class Readiness {
  readonly #checks: readonly ReadinessCheck[]
  readonly #timeoutMs: number
  readonly #clock: Clock
  #report: Promise<ReadinessReport> | null = null
  #madeAtMs = 0

  constructor(options: { checks: readonly ReadinessCheck[]; timeoutMs: number; clock: Clock }) {
    this.#checks = options.checks
    this.#timeoutMs = options.timeoutMs
    this.#clock = options.clock
  }

  async report(): Promise<ReadinessReport> {
    const nowMs = this.#clock.monotonicMs()
    if (this.#report === null || nowMs - this.#madeAtMs >= freshMs) {
      this.#madeAtMs = nowMs
      this.#report = this.#run()
    }
    return await this.#report
  }

  async #run(): Promise<ReadinessReport> {
    const checks = await Promise.all(this.#checks.map(async (check) => await this.#runOne(check)))
    return { ready: checks.every(({ ok }) => ok), checks }
  }

  async #runOne({ name, check }: ReadinessCheck): Promise<CheckReport> {
    const startedMs = this.#clock.monotonicMs()
    const took = (): number => Math.round(this.#clock.monotonicMs() - startedMs)
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => reject(new Error(`no answer within ${this.#timeoutMs} ms`)), this.#timeoutMs)
    })
    try {
      await Promise.race([Promise.resolve().then(check), late])
      return { name, ok: true, ms: took() }
    } catch (error) {
      return { name, ok: false, ms: took(), error: errorText(error) }
    } finally {
      clearTimeout(timer)
    }
  }
}
