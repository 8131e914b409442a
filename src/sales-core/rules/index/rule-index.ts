import type { Value } from '../../conditions/values/value.ts'
import type { VariableValues } from '../../conditions/condition-compiler.ts'
import type { CompiledRule } from '../compiled-rule.ts'
import type { Term } from './clauses/term.ts'
import type { Candidates } from './candidates.ts'
import type { Found, RuleBlock } from './rule-block.ts'
import type { RuleBlockStore } from './rule-block-store.ts'

/** Rules in a block: many cost an event less, few hold up events less while they are made. `average`: beyond the least. */
const blockRules = { least: 1_536, most: 3_072, average: 512 } as const

interface Part {
  readonly rules: readonly CompiledRule[]
  /** Where the values of the block's terms are kept; null: it is not made yet. */
  made: { readonly block: RuleBlock; readonly places: readonly number[] } | null
}

/** Finds the rules that are worth evaluating, among many that listen to one type of event. */
export class RuleIndex {
  readonly #blocks: RuleBlockStore
  readonly #parts: readonly Part[]
  #made = 0
  /** Each behind the one that it is a member of. */
  readonly #terms: Array<{ readonly term: Term; readonly base: number }> = []
  /** By the term's key, its place in the list. */
  readonly #places = new Map<string, number>()
  readonly #values: Value[] = []

  /** The rules in the order in which they are to be found. */
  constructor(rules: readonly CompiledRule[], blocks: RuleBlockStore) {
    this.#blocks = blocks
    this.#parts = slicesOf(rules).map((slice) => ({ rules: slice, made: null }))
  }

  /** Makes all of it now. Otherwise each event makes one block more. */
  complete(): this {
    while (this.#made < this.#parts.length) this.#makeNext()
    return this
  }

  /**
   * The rules whose condition is not certain to be false, in order: true, failing, or not known without evaluating it. Reads every
   * field once.
   */
  candidates(values: VariableValues): Candidates {
    if (this.#made < this.#parts.length) this.#makeNext()
    const [terms, read] = [this.#terms, this.#values]
    for (let place = 0; place < terms.length; place += 1) {
      const { term, base } = terms[place] as { term: Term; base: number }
      read[place] = term.read(values, base < 0 ? null : (read[base] as Value))
    }
    const found: Found = { rules: [], certain: [] }
    for (const { rules, made } of this.#parts) {
      if (made !== null) made.block.collect(rules, read, made.places, found)
      else {
        for (const rule of rules) {
          found.rules.push(rule)
          found.certain.push(false)
        }
      }
    }
    // Nothing of an event is kept.
    read.fill(null)
    return found
  }

  #makeNext(): void {
    const part = this.#parts[this.#made]
    this.#made += 1
    if (part === undefined) return
    const block = this.#blocks.blockOf(part.rules)
    part.made = { block, places: block.terms.map((term) => this.#placeOf(term)) }
  }

  #placeOf(term: Term): number {
    const known = this.#places.get(term.key)
    if (known !== undefined) return known
    const base = term.base === null ? -1 : this.#placeOf(term.base)
    this.#places.set(term.key, this.#terms.length)
    return this.#terms.push({ term, base }) - 1
  }
}

/** The rules in pieces that end where they ended before, whatever was put in or taken out elsewhere. */
function slicesOf(rules: readonly CompiledRule[]): ReadonlyArray<readonly CompiledRule[]> {
  const slices: Array<readonly CompiledRule[]> = []
  let from = 0
  for (let to = 1; to <= rules.length; to += 1) {
    const size = to - from
    if (size < blockRules.least) continue
    if (size < blockRules.most && hashOf(rules[to - 1]?.ref ?? '') % blockRules.average !== 0) continue
    slices.push(rules.slice(from, to))
    from = to
  }
  if (from < rules.length) slices.push(rules.slice(from))
  return slices
}

/** FNV-1a. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5
  for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193)
  return hash >>> 0
}
