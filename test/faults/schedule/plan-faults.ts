import type { Fault } from '../faults/fault.ts'
import type { SeededRandom } from '../../support/seeded-random.ts'

/** One fault of a run. `seed` decides everything that it draws; the pause comes before it. */
export interface PlannedFault {
  readonly fault: Fault
  readonly pauseMs: number
  readonly seed: number
}

export interface PlanOptions {
  readonly random: SeededRandom
  readonly faults: readonly Fault[]
  readonly pauseFromMs: number
  readonly pauseToMs: number
}

/** The faults of a run, without end: who runs it stops when its time is over. Follows from the seed alone. */
export function* planFaults(options: PlanOptions): Generator<PlannedFault> {
  const { random, faults, pauseFromMs, pauseToMs } = options
  const mixed = faults.some(({ weight }) => weight > 0) ? faults.filter(({ weight }) => weight > 0) : faults
  const total = mixed.reduce((sum, { weight }) => sum + Math.max(weight, 0.1), 0)
  for (;;) {
    let left = random.next() * total
    let picked = mixed[0]
    for (const fault of mixed) {
      picked = fault
      left -= Math.max(fault.weight, 0.1)
      if (left <= 0) break
    }
    if (picked === undefined) throw new Error('There are no faults to plan')
    yield {
      fault: picked,
      pauseMs: random.whole(pauseFromMs, pauseToMs),
      seed: random.whole(1, 2_000_000_000),
    }
  }
}

/** Each of them once, in their order. */
export function oneByOne(
  faults: readonly Fault[],
  random: SeededRandom,
  pauseMs: number,
): readonly PlannedFault[] {
  return faults.map((fault) => ({ fault, pauseMs, seed: random.whole(1, 2_000_000_000) }))
}
