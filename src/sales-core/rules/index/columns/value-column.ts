import { Span, Timestamp } from '../../../conditions/values/value.ts'
import type { Value } from '../../../conditions/values/value.ts'
import type { NumberRanges } from '../../../conditions/facts/number-ranges.ts'
import type { Column, ColumnEntry } from './column.ts'
import type { Ask } from '../clauses/demand.ts'
import { NumberSteps } from './number-steps.ts'
import type { Postings } from './postings.ts'
import { bitsOf, postingsOf, removePostings } from './postings.ts'
import type { Sieve } from './sieve.ts'

/** Rules that want one of some values: `==`, `!=`, `in`, `<` and the like, or a plain bool. */
export class ValueColumn implements Column {
  readonly all: Postings
  readonly expected: number
  readonly #ask: Ask
  readonly #nulls: Postings
  readonly #trues: Postings
  readonly #falses: Postings
  readonly #others: Postings
  /** Rules that name the text as wanted. */
  readonly #texts: ReadonlyMap<string, Postings>
  /** Rules that want any text but the ones they name, and by text those that name it. */
  readonly #anyTextBut: Uint32Array | null
  readonly #unwantedTexts: ReadonlyMap<string, Postings>
  readonly #numbers: NumberSteps | null
  readonly #scratch: Uint32Array

  constructor(entries: readonly ColumnEntry[], words: number) {
    const all: number[] = []
    const nulls: number[] = []
    const trues: number[] = []
    const falses: number[] = []
    const others: number[] = []
    const open: number[] = []
    const wanted = new Map<string, number[]>()
    const unwanted = new Map<string, number[]>()
    const ranged: Array<{ position: number; ranges: NumberRanges }> = []
    for (const { position, demand } of entries) {
      const { hasNull, hasTrue, hasFalse, hasOthers, texts, numbers } = demand.set
      all.push(position)
      if (hasNull) nulls.push(position)
      if (hasTrue) trues.push(position)
      if (hasFalse) falses.push(position)
      if (hasOthers) others.push(position)
      if (texts.named === 'out') open.push(position)
      if (texts.texts.size > 0) addTexts(texts.named === 'in' ? wanted : unwanted, texts.texts, position)
      if (numbers.length > 0) ranged.push({ position, ranges: numbers })
    }
    this.#ask = entries[0]?.demand.ask ?? 'equals'
    this.all = postingsOf(all, words)
    this.#nulls = postingsOf(nulls, words)
    this.#trues = postingsOf(trues, words)
    this.#falses = postingsOf(falses, words)
    this.#others = postingsOf(others, words)
    this.#texts = postingsBy(wanted, words)
    this.#unwantedTexts = postingsBy(unwanted, words)
    this.#anyTextBut = open.length === 0 ? null : bitsOf(open, words)
    this.#numbers = ranged.length === 0 ? null : new NumberSteps(ranged, words)
    this.#scratch = new Uint32Array(open.length === 0 ? 0 : words)
    let named = 0
    for (const at of wanted.values()) named += at.length
    this.expected =
      named / Math.max(1, wanted.size) + open.length + (ranged.length + trues.length + falses.length) / 2
  }

  addTo(sieve: Sieve, value: Value): boolean {
    if (value === null) sieve.add(this.#nulls)
    // NaN and the infinities are in no range and outside of none.
    else if (typeof value === 'number' && this.#ask !== 'truth' && Number.isFinite(value))
      this.#numbers?.addTo(sieve, value)
    else if (typeof value === 'string' && this.#ask === 'equals') this.#addText(sieve, value)
    else if (typeof value === 'boolean' && this.#ask !== 'size') sieve.add(value ? this.#trues : this.#falses)
    else if (this.#ask === 'equals' && isOther(value)) sieve.add(this.#others)
    else {
      sieve.add(this.all)
      return false
    }
    return true
  }

  #addText(sieve: Sieve, text: string): void {
    sieve.add(this.#texts.get(text))
    if (this.#anyTextBut === null) return
    const unwanted = this.#unwantedTexts.get(text)
    if (unwanted === undefined) sieve.add(this.#anyTextBut)
    else {
      sieve.copy(this.#scratch, this.#anyTextBut)
      removePostings(this.#scratch, unwanted)
      sieve.add(this.#scratch)
    }
  }
}

/** Something that no literal equals. */
function isOther(value: Value): boolean {
  return Array.isArray(value) || value instanceof Timestamp || value instanceof Span
}

function addTexts(to: Map<string, number[]>, texts: ReadonlySet<string>, position: number): void {
  for (const text of texts) {
    const known = to.get(text)
    if (known === undefined) to.set(text, [position])
    else known.push(position)
  }
}

function postingsBy(
  positions: ReadonlyMap<string, readonly number[]>,
  words: number,
): ReadonlyMap<string, Postings> {
  const postings = new Map<string, Postings>()
  for (const [text, at] of positions) postings.set(text, postingsOf(at, words))
  return postings
}
