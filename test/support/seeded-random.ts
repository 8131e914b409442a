import { seededRandom } from '../../src/kernel/seeded-random.ts'

/** Numbers that follow from a seed alone: the same seed, the same faults at the same moments on every machine. */
export class SeededRandom {
  /** In [0, 1). */
  readonly next: () => number

  constructor(seed: number) {
    this.next = seededRandom(seed)
  }

  between(from: number, to: number): number {
    return from + this.next() * (to - from)
  }

  /** A whole number from `from` to `to`, both included. */
  whole(from: number, to: number): number {
    return Math.floor(this.between(from, to + 1))
  }

  chance(share: number): boolean {
    return this.next() < share
  }

  pick<T>(from: readonly T[]): T {
    const picked = from[Math.floor(this.next() * from.length)]
    if (picked === undefined) throw new Error('There is nothing to pick from')
    return picked
  }

  /** A generator of its own for one part, so that what other parts draw does not change it. */
  branch(): SeededRandom {
    return new SeededRandom(Math.floor(this.next() * 4_294_967_296))
  }
}
