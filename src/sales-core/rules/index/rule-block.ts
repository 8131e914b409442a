import type { Value } from '../../conditions/values/value.ts'
import { columnOf } from './columns/column-of.ts'
import type { Column } from './columns/column.ts'
import { sortHits } from './columns/sort-hits.ts'
import { Sections } from './columns/sections.ts'
import { Sieve } from './columns/sieve.ts'
import type { ConditionClauses, Demand } from './clauses/demand.ts'
import { addPostings, bitsOf, wordsFor } from './columns/postings.ts'
import type { Term } from './clauses/term.ts'
import type { CompiledRule } from '../compiled-rule.ts'
import { groupedByShape, isDead, shapedRules } from './shapes.ts'
import type { Shape, ShapedRule } from './shapes.ts'

/** Candidates while they are found. */
export interface Found {
  readonly rules: CompiledRule[]
  /** At the same place as the rule. */
  readonly certain: boolean[]
}

/** Rules that have a clause of the same shape: the same things asked of the same terms. */
interface Group {
  /** Rules that can hold and have none, which it says nothing about; null: there are none. */
  readonly others: Uint32Array | null
  readonly alternatives: ReadonlyArray<{ readonly term: number; readonly column: Column }>
}

/**
 * An index over some rules that follow one another: which of them can be anything but false, and which are true. Knows them by
 * position only (that in an order of its own, see Sections), so that it serves every configuration in which these conditions follow one another. Never changes.
 */
export class RuleBlock {
  readonly size: number
  /** The terms whose values `collect` wants. */
  readonly terms: readonly Term[]
  /** Those that are fulfilled by few rules first. */
  readonly #groups: readonly Group[]
  /** Rules whose clauses say everything: one of which each holds, without anything failing, is true. */
  readonly #exact: Uint32Array
  /** Rules of which something failed, or may fail, with this event. */
  readonly #doubt: Uint32Array
  readonly #sieve: Sieve
  readonly #sections: Sections
  /** Which of the terms the sections go by; null: none. */
  readonly #lead: number | null
  /** Candidates of an event: twice the rule's place in the block, and 1 more when it is certain. */
  readonly #hits: Uint32Array

  /** The clauses of each rule. */
  constructor(rules: readonly ConditionClauses[]) {
    const words = wordsFor(rules.length)
    const shaped = shapedRules(rules.map(({ clauses }) => clauses))
    const sections = new Sections(shaped.map(({ clauses }) => clauses))
    const inOrder = Array.from(sections.order, (at) => rules[at] as ConditionClauses)
    const dead = inOrder.flatMap(({ clauses }, position) => (isDead(clauses) ? [position] : []))
    const terms = new Map<string, { readonly index: number; readonly term: Term }>()
    const indexOf = ({ term }: Demand): number => {
      const known = terms.get(term.key) ?? { index: terms.size, term }
      terms.set(term.key, known)
      return known.index
    }
    const { shapes, partly } = groupedByShape(Array.from(sections.order, (at) => shaped[at] as ShapedRule))
    const inexact = inOrder.flatMap(({ isExact }, at) => (isExact && !partly.has(at) ? [] : [at]))
    this.size = rules.length
    const alive = allBut(dead, rules.length)
    this.#exact = allBut(inexact, rules.length)
    const groups = shapes.map((shape) => groupOf(shape, alive, indexOf)).sort((a, b) => a.cost - b.cost)
    // Without a clause, it is known which rules can hold at all.
    this.#groups =
      groups.length === 0 ? [{ others: alive, alternatives: [] }] : groups.map(({ group }) => group)
    this.#sections = sections
    this.#lead = sections.demand === null ? null : indexOf(sections.demand)
    this.#hits = new Uint32Array(rules.length)
    this.terms = [...terms.values()].map(({ term }) => term)
    this.#doubt = new Uint32Array(words)
    this.#sieve = new Sieve(words)
  }

  /**
   * Adds the candidates to `found`, in order. `rules`: those that the block is made over; `values[places[n]]` is the value
   * of the n-th of `terms`.
   */
  collect(
    rules: readonly CompiledRule[],
    values: readonly Value[],
    places: readonly number[],
    found: Found,
  ): void {
    const [sieve, doubt] = [this.#sieve, this.#doubt]
    let isDoubtful = false
    if (this.#lead === null) sieve.reset()
    else this.#sections.reset(sieve, values[places[this.#lead] as number] ?? null)
    if (sieve.count === 0) return
    for (const { others, alternatives } of this.#groups) {
      sieve.begin()
      if (others !== null) sieve.add(others)
      for (const { term, column } of alternatives) {
        if (column.addTo(sieve, values[places[term] as number] ?? null)) continue
        if (!isDoubtful) doubt.fill(0)
        isDoubtful = true
        addPostings(doubt, column.all)
      }
      if (!sieve.sift()) return
    }
    this.#addTo(found, rules, isDoubtful)
  }

  #addTo(found: Found, rules: readonly CompiledRule[], isDoubtful: boolean): void {
    const [exact, doubt, hits, order] = [this.#exact, this.#doubt, this.#hits, this.#sections.order]
    let hitCount = 0
    const { bits, list, count } = this.#sieve
    if (bits === null) return
    for (let at = 0; at < count; at += 1) {
      const word = list[at] as number
      const sure = (exact[word] as number) & (isDoubtful ? ~(doubt[word] as number) : -1)
      for (let left = bits[word] as number; left !== 0; left &= left - 1) {
        const bit = 31 - Math.clz32(left & -left)
        hits[hitCount] = ((order[(word << 5) + bit] as number) << 1) | ((sure >>> bit) & 1)
        hitCount += 1
      }
    }
    sortHits(hits, hitCount)
    for (let at = 0; at < hitCount; at += 1) {
      const hit = hits[at] as number
      found.rules.push(rules[hit >>> 1] as CompiledRule)
      found.certain.push((hit & 1) === 1)
    }
  }
}

function groupOf(
  { entries, positions }: Shape,
  alive: Uint32Array,
  indexOf: (demand: Demand) => number,
): { readonly group: Group; readonly cost: number } {
  const words = alive.length
  const alternatives = [...entries.values()].flatMap((own) =>
    own[0] === undefined ? [] : [{ term: indexOf(own[0].demand), column: columnOf(own, words) }],
  )
  const asking = bitsOf(positions, words)
  const others = alive.map((word, at) => word & ~(asking[at] as number))
  let left = 0
  for (const { column } of alternatives) left += column.expected
  for (const word of others) for (let bits = word; bits !== 0; bits &= bits - 1) left += 1
  return {
    group: { others: others.some((word) => word !== 0) ? others : null, alternatives },
    // What leaves few and is asked quickly comes first.
    cost: left * alternatives.length,
  }
}

function allBut(positions: readonly number[], size: number): Uint32Array {
  const without = bitsOf(positions, wordsFor(size))
  return without.map((word, at) => ~word & (size - (at << 5) < 32 ? (1 << (size & 31)) - 1 : -1))
}
