import type { Clock } from '../../src/kernel/clock.ts'

/** A clock that moves only when told to. */
export class ManualClock implements Clock {
  #ms: number

  constructor(start = '2026-03-05T12:00:00.000Z') {
    this.#ms = Date.parse(start)
  }

  now(): Date {
    return new Date(this.#ms)
  }

  monotonicMs(): number {
    return this.#ms
  }

  advance(ms: number): void {
    this.#ms += ms
  }
}
