import type { Clock } from '../../../src/kernel/clock.ts'

/** Time that passes only when everybody waits: a simulation of hours takes milliseconds. */
export class VirtualTime implements Clock {
  #ms = 0
  #order = 0
  readonly #waiting: { atMs: number; order: number; wake: () => void }[] = []

  now(): Date {
    return new Date(Date.UTC(2026, 0, 1) + this.#ms)
  }

  monotonicMs(): number {
    return this.#ms
  }

  readonly sleep = async (ms: number): Promise<void> => {
    await new Promise<void>((wake) => {
      this.#order += 1
      this.#waiting.push({ atMs: this.#ms + Math.max(0, ms), order: this.#order, wake })
    })
  }

  /** Lets time pass until the work is done. */
  async until<T>(work: Promise<T>): Promise<T> {
    let done = false
    const end = work.finally(() => (done = true))
    end.catch(() => {})
    for (;;) {
      for (let turn = 0; turn < 4; turn += 1) await new Promise((resolve) => setImmediate(resolve))
      if (done) return await end
      this.#waiting.sort((a, b) => a.atMs - b.atMs || a.order - b.order)
      const next = this.#waiting.shift()
      if (next === undefined) throw new Error('Everybody waits, and nothing will ever happen')
      this.#ms = Math.max(this.#ms, next.atMs)
      next.wake()
    }
  }
}
