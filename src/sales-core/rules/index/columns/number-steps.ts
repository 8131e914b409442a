import type { NumberRanges } from '../../../conditions/facts/number-ranges.ts'
import type { Sieve } from './sieve.ts'

/** Switches between two kept states: the most that are applied one by one. */
const stride = 8

/** The rules whose ranges hold a number, for any number: how they change from one bound to the next. */
export class NumberSteps {
  readonly #bounds: Float64Array
  /** How many switches happen up to a place: 2i is the gap below bound i, 2i+1 the bound itself. */
  readonly #passed: Uint32Array
  readonly #positions: Uint32Array
  /** The rules that are in before every `stride`-th switch. */
  readonly #states: readonly Uint32Array[]
  readonly #current: Uint32Array

  constructor(entries: ReadonlyArray<{ position: number; ranges: NumberRanges }>, words: number) {
    const bounds = new Set<number>()
    for (const { ranges } of entries) {
      for (const { from, to } of ranges) {
        if (Number.isFinite(from)) bounds.add(from)
        if (Number.isFinite(to)) bounds.add(to)
      }
    }
    this.#bounds = Float64Array.from(bounds).sort()
    // A switch is a number: its place times `scale` and the rule's position, so that sorting them takes no comparing function.
    const scale = words << 5
    const switches: number[] = []
    for (const { position, ranges } of entries) {
      for (const { from, isFromOpen, to, isToOpen } of ranges) {
        const start = Number.isFinite(from) ? 2 * this.#below(from) + (isFromOpen ? 2 : 1) : 0
        switches.push(start * scale + position)
        if (Number.isFinite(to)) switches.push((2 * this.#below(to) + (isToOpen ? 1 : 2)) * scale + position)
      }
    }
    const sorted = Float64Array.from(switches).sort()
    this.#passed = new Uint32Array(2 * this.#bounds.length + 1)
    let passed = 0
    for (let place = 0; place < this.#passed.length; place += 1) {
      while (passed < sorted.length && (sorted[passed] as number) < (place + 1) * scale) passed += 1
      this.#passed[place] = passed
    }
    this.#positions = Uint32Array.from(sorted, (one) => one % scale)
    this.#current = new Uint32Array(words)
    this.#states = this.#statesEvery(stride)
  }

  /** Lets the rules through whose ranges hold the number, which must be finite. */
  addTo(sieve: Sieve, value: number): void {
    const at = this.#below(value)
    const place = this.#bounds[at] === value ? 2 * at + 1 : 2 * at
    const passed = this.#passed[place] as number
    const state = Math.floor(passed / stride)
    const current = this.#current
    sieve.copy(current, this.#states[state] ?? current)
    for (let next = state * stride; next < passed; next += 1) flip(current, this.#positions[next] ?? 0)
    sieve.add(current)
  }

  #statesEvery(count: number): readonly Uint32Array[] {
    const states = [new Uint32Array(this.#current.length)]
    const current = new Uint32Array(this.#current.length)
    this.#positions.forEach((position, index) => {
      flip(current, position)
      if ((index + 1) % count === 0) states.push(current.slice())
    })
    return states
  }

  /** How many bounds lie below the value. */
  #below(value: number): number {
    let low = 0
    let high = this.#bounds.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.#bounds[middle] ?? 0) < value) low = middle + 1
      else high = middle
    }
    return low
  }
}

function flip(bits: Uint32Array, position: number): void {
  bits[position >>> 5] = (bits[position >>> 5] as number) ^ (1 << (position & 31))
}
