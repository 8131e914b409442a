import { leadId } from '../pipeline/harness/lead-events.ts'
import { monotonicMs } from '../pipeline/harness/monotonic-ms.ts'
import type { LatencySample, SteadyLoad } from './outbox-contestant.ts'

const everyMs = 20

/** Counts the events whose work is committed, and how long each took since it was put in. */
export class CommitWatch {
  readonly #putMs = new Map<string, number>()
  #samples: LatencySample[] = []
  #beganMs = 0
  #committed = 0
  #goal = { count: Number.POSITIVE_INFINITY, reached: () => {} }

  /** The work of the event with this id (as `leadEvent` gives it) is committed. */
  committed(id: string): void {
    this.#committed += 1
    const put = this.#putMs.get(id)
    if (put !== undefined) {
      this.#putMs.delete(id)
      this.#samples.push({ atSeconds: (put - this.#beganMs) / 1_000, ms: monotonicMs() - put })
    }
    if (this.#committed >= this.#goal.count) this.#goal.reached()
  }

  /** Resolves when `count` events were committed since the process began. */
  async until(count: number): Promise<void> {
    if (this.#committed >= count) return
    await new Promise<void>((reached) => (this.#goal = { count, reached }))
  }

  /** Puts events in at a steady rate, whether earlier ones are done or not; resolves when all are committed. Time runs from before the put. */
  async steady(
    { phase, perSecond, seconds }: SteadyLoad,
    put: (from: number, count: number) => Promise<void>,
  ): Promise<readonly LatencySample[]> {
    this.#samples = []
    this.#beganMs = monotonicMs()
    const total = perSecond * seconds
    const goal = this.#committed + total
    const puts: Promise<void>[] = []
    for (let sent = 0; sent < total;) {
      const due = Math.min(total, Math.ceil(((monotonicMs() - this.#beganMs) / 1_000) * perSecond))
      const now = monotonicMs()
      for (let index = sent; index < due; index++) this.#putMs.set(`event-${leadId(phase, index)}`, now)
      if (due > sent) puts.push(put(sent, due - sent))
      sent = due
      await new Promise((resolve) => setTimeout(resolve, everyMs))
    }
    await Promise.all(puts)
    await this.until(goal)
    return this.#samples
  }
}
