import type { Value } from '../../../conditions/values/value.ts'
import { listed } from '../../../conditions/facts/value-set.ts'
import type { ConstantValue } from '../../../conditions/facts/value-set.ts'
import type { Column, ColumnEntry } from './column.ts'
import { isLarge } from './large-column.ts'
import type { Postings } from './postings.ts'
import { bitsOf, postingsOf, removePostings } from './postings.ts'
import type { Sieve } from './sieve.ts'
import { elementType } from '../clauses/term.ts'

/** Elements of a list, about: to tell which columns fulfil few rules. */
const usualItems = 3

/** Rules that want one of some elements in a list, or (`lacks`) none of them. */
export class ListColumn implements Column {
  readonly all: Uint32Array
  readonly expected: number
  readonly #lacks: boolean
  readonly #elementType: 'string' | 'number' | 'boolean' | null
  readonly #byElement = new Map<ConstantValue, Postings>()
  readonly #present: Uint32Array

  constructor(entries: readonly ColumnEntry[], words: number) {
    const demand = entries[0]?.demand
    this.#lacks = demand?.ask === 'lacks'
    this.#elementType = demand === undefined ? null : elementType(demand.term)
    this.all = bitsOf(
      entries.map(({ position }) => position),
      words,
    )
    this.#present = new Uint32Array(words)
    const positions = new Map<ConstantValue, number[]>()
    for (const {
      position,
      demand: { set },
    } of entries) {
      for (const element of listed(set) ?? []) {
        const known = positions.get(element)
        if (known === undefined) positions.set(element, [position])
        else known.push(position)
      }
    }
    let named = 0
    for (const [element, at] of positions) {
      this.#byElement.set(element, postingsOf(at, words))
      named += at.length
    }
    this.expected = this.#lacks ? entries.length : (usualItems * named) / Math.max(1, positions.size)
  }

  addTo(sieve: Sieve, value: Value): boolean {
    // An absent list has no elements.
    const list = value === null ? [] : value
    if (!Array.isArray(list) || !this.#isPlain(list)) {
      sieve.add(this.all)
      return false
    }
    if (this.#lacks) this.#addLacking(sieve, list)
    else for (const item of list) sieve.add(this.#byElement.get(item as ConstantValue))
    return true
  }

  #addLacking(sieve: Sieve, list: readonly unknown[]): void {
    const lacking = this.#present
    sieve.copy(lacking, this.all)
    for (const item of list) removePostings(lacking, this.#byElement.get(item as ConstantValue))
    sieve.add(lacking)
  }

  /** Is it a list as its type says, and none that a condition may not get to the end of? */
  #isPlain(list: readonly unknown[]): boolean {
    if (isLarge(list as readonly Value[])) return false
    for (const item of list) {
      if (typeof item !== this.#elementType || (typeof item === 'number' && !Number.isFinite(item)))
        return false
    }
    return true
  }
}
