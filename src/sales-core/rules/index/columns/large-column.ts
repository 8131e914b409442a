import { Failure } from '../../../conditions/values/value.ts'
import type { Value } from '../../../conditions/values/value.ts'
import type { Column, ColumnEntry } from './column.ts'
import type { Postings } from './postings.ts'
import { postingsOf } from './postings.ts'
import type { Sieve } from './sieve.ts'
import { itemsMax, textCharsMax } from '../clauses/worst-work.ts'

/** Rules that evaluate a term before they decide: where it is large, they may run out of steps instead. */
export class LargeColumn implements Column {
  readonly all: Postings
  readonly expected = 0

  constructor(entries: readonly ColumnEntry[], words: number) {
    this.all = postingsOf(
      entries.map(({ position }) => position),
      words,
    )
  }

  addTo(sieve: Sieve, value: Value): boolean {
    if (!(value instanceof Failure) && !isLarge(value)) return true
    sieve.add(this.all)
    return false
  }
}

/** May a condition that goes through it take more steps than `worstWork` says? Texts in a list count together. */
export function isLarge(value: Value): boolean {
  if (typeof value === 'string') return value.length > textCharsMax
  if (!Array.isArray(value)) return false
  if (value.length > itemsMax) return true
  let chars = 0
  for (const item of value as readonly Value[]) if (typeof item === 'string') chars += item.length
  return chars > textCharsMax
}
