import type { Clock } from '../../../../src/kernel/clock.ts'
import type { CrashPointName, CrashPoints } from '../../../../src/kernel/crash-points.ts'
import { asOwner } from './virtual-time.ts'
import type { TimerOwner, VirtualTime } from './virtual-time.ts'

/** What a crash point throws in a process that dies there. Whatever is left of it reaches nothing outside any more. */
export class SimulatedCrash extends Error {
  constructor(point: CrashPointName) {
    super(`The process dies at ${point}`)
  }
}

export const epochMs = Date.parse('2026-03-05T12:00:00.000Z')

/** The clock of the database, or of a machine whose wall clock is `skewMs` ahead of it. */
export function simulatedClock(time: VirtualTime, skewMs = 0, sinceMs = 0): Clock {
  return {
    now: () => new Date(epochMs + time.nowMs + skewMs),
    monotonicMs: () => time.nowMs - sinceMs + 1_000,
  }
}

/**
 * One run of a daemon: it dies at once and for good, or is stopped and goes on later with everything it had in its memory.
 * Only its own timers and answers to its own calls belong to it; what it sent before is in other hands.
 */
export class SimulatedProcess implements TimerOwner {
  state: 'running' | 'paused' | 'dead' = 'running'
  readonly name: string
  readonly clock: Clock
  readonly crashPoints: CrashPoints
  readonly #held: Array<() => void> = []
  readonly #onDeath = new Set<() => void>()

  constructor(options: {
    name: string
    clock: Clock
    /** Does it die here? Asked at every point that it reaches. */
    diesAt: (point: CrashPointName, process: SimulatedProcess) => boolean
  }) {
    this.name = options.name
    this.clock = options.clock
    this.crashPoints = {
      reach: (point) => {
        if (this.state !== 'dead' && !options.diesAt(point, this)) return
        this.kill()
        throw new SimulatedCrash(point)
      },
    }
  }

  run<T>(work: () => T): T {
    return asOwner(this, work)
  }

  /** What the world does when it dies: connections close. Returns how to take it back. */
  onDeath(work: () => void): () => void {
    if (this.state === 'dead') work()
    else this.#onDeath.add(work)
    return () => this.#onDeath.delete(work)
  }

  kill(): void {
    if (this.state === 'dead') return
    this.state = 'dead'
    this.#held.splice(0)
    for (const work of [...this.#onDeath]) asOwner(undefined, work)
    this.#onDeath.clear()
  }

  /** SIGSTOP. */
  pause(): void {
    if (this.state === 'running') this.state = 'paused'
  }

  /** SIGCONT: what came due meanwhile runs now, in order. */
  resume(): void {
    if (this.state !== 'paused') return
    this.state = 'running'
    for (const work of this.#held.splice(0)) work()
  }

  hold(work: () => void): void {
    this.#held.push(work)
  }
}

/** Never settles: what a dead process is answered. */
export function never<T>(): Promise<T> {
  return new Promise<T>(() => {})
}
