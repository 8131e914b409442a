import type { Postings } from './postings.ts'
import { setBit } from './postings.ts'

/**
 * The candidates of a block for one event, which each group of columns makes fewer: `begin`, the postings of the rules that
 * it lets through, `sift`. Words of bits in which no candidate is left are not looked at again.
 */
export class Sieve {
  /** The candidates, in the words of `list`; null: every rule is one. */
  bits: Uint32Array | null = null
  /** The words that hold a candidate, in order: the first `count` of these. */
  list: Uint32Array
  count = 0
  readonly #all: Uint32Array
  readonly #own: Uint32Array
  readonly #ownBits: Uint32Array
  /** What the group lets through: any of these. */
  readonly #sources: Uint32Array[] = []
  #sourceCount = 0
  /** Postings that are no bits. */
  readonly #loose: Uint32Array
  #isLoose = false

  constructor(words: number) {
    this.#ownBits = new Uint32Array(words)
    this.#all = Uint32Array.from({ length: words }, (_, word) => word)
    this.#own = new Uint32Array(words)
    this.#loose = new Uint32Array(words)
    this.list = this.#all
  }

  /** Every rule of the block is a candidate until the first group is sifted. */
  reset(): void {
    this.bits = null
    this.list = this.#all
    this.count = this.#all.length
  }

  /** As `reset`, for the rules in the words before `openTo` and those from `from` to before `to`, which lie behind them. */
  resetTo(openTo: number, from: number, to: number): void {
    const own = this.#own
    let count = 0
    for (let word = 0; word < openTo; word += 1, count += 1) own[count] = word
    for (let word = from; word < to; word += 1, count += 1) own[count] = word
    this.bits = null
    this.list = own
    this.count = count
  }

  /** A group begins, which lets through nothing yet. */
  begin(): void {
    this.#sourceCount = 0
    this.#isLoose = false
  }

  /** These are let through. */
  add(postings: Postings | undefined): void {
    if (postings === undefined) return
    if (postings instanceof Uint32Array) {
      this.#sources[this.#sourceCount] = postings
      this.#sourceCount += 1
      return
    }
    const loose = this.#looseBits()
    if (typeof postings === 'number') setBit(loose, postings)
    else for (let at = 0; at < postings.length; at += 1) setBit(loose, postings[at] as number)
  }

  /** Makes `bits` the same as others where candidates are left. */
  copy(bits: Uint32Array, others: Uint32Array): void {
    const { list, count } = this
    for (let at = 0; at < count; at += 1) {
      const word = list[at] as number
      bits[word] = others[word] as number
    }
  }

  /** The group is complete: what it does not let through is no candidate. Is any left? */
  sift(): boolean {
    const [first, second] = this.#sources
    if (first === undefined || this.#sourceCount === 0) this.count = 0
    else if (this.#sourceCount > 1) this.#siftAny(first, second ?? first)
    else if (this.bits !== null) this.#siftOne(this.bits, first)
    // What a rule's column keeps is looked at in place. What is loose is used for the next group again.
    else if (!this.#isLoose) this.bits = first
    else this.#siftOne(first, first)
    return this.count > 0
  }

  #siftOne(bits: Uint32Array, first: Uint32Array): void {
    const [list, count, own, ownBits] = [this.list, this.count, this.#own, this.#ownBits]
    let kept = 0
    for (let at = 0; at < count; at += 1) {
      const word = list[at] as number
      const found = (bits[word] as number) & (first[word] as number)
      ownBits[word] = found
      own[kept] = word
      // 1 unless it is 0: half of the words are let go of, and no processor guesses which.
      kept += (found | -found) >>> 31
    }
    this.#kept(kept)
  }

  #siftAny(first: Uint32Array, second: Uint32Array): void {
    const [list, count, own, ownBits] = [this.list, this.count, this.#own, this.#ownBits]
    const [sources, sourceCount, bits] = [this.#sources, this.#sourceCount, this.bits]
    let kept = 0
    for (let at = 0; at < count; at += 1) {
      const word = list[at] as number
      let found = (first[word] as number) | (second[word] as number)
      for (let next = 2; next < sourceCount; next += 1)
        found |= (sources[next] as Uint32Array)[word] as number
      if (bits !== null) found &= bits[word] as number
      ownBits[word] = found
      own[kept] = word
      kept += (found | -found) >>> 31
    }
    this.#kept(kept)
  }

  #kept(count: number): void {
    this.bits = this.#ownBits
    this.list = this.#own
    this.count = count
  }

  #looseBits(): Uint32Array {
    const loose = this.#loose
    if (this.#isLoose) return loose
    const { list, count } = this
    for (let at = 0; at < count; at += 1) loose[list[at] as number] = 0
    this.#isLoose = true
    this.add(loose)
    return loose
  }
}
