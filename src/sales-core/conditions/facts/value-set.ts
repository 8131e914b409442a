import type { Ordering } from '../syntax/cel-node.ts'
import {
  allNumbers,
  complementRanges,
  intersectRanges,
  noNumbers,
  pointsOf,
  rangesOf,
} from './number-ranges.ts'
import type { NumberRanges } from './number-ranges.ts'

/** A constant of a condition. */
export type ConstantValue = string | number | boolean | null

/** Texts: those named, or all but those named. */
type TextSet = { readonly named: 'in' | 'out'; readonly texts: ReadonlySet<string> }

/** A set of values that a part of a condition may have. Closed under intersection and complement, both exact. */
export interface ValueSet {
  readonly hasNull: boolean
  readonly hasTrue: boolean
  readonly hasFalse: boolean
  readonly numbers: NumberRanges
  readonly texts: TextSet
  /** Times, lists and everything else that no constant is compared with here. */
  readonly hasOthers: boolean
}

const nothing: ValueSet = {
  hasNull: false,
  hasTrue: false,
  hasFalse: false,
  numbers: noNumbers,
  texts: { named: 'in', texts: new Set() },
  hasOthers: false,
}

/** Just `true`: what a part that is a condition of its own must be to hold. */
export const onlyTrue: ValueSet = { ...nothing, hasTrue: true }

/** The values that equal one of the constants. */
export function setOf(values: readonly ConstantValue[]): ValueSet {
  let hasNull = false
  let hasTrue = false
  let hasFalse = false
  let numbers: number[] | null = null
  let texts: Set<string> | null = null
  for (const value of values) {
    if (typeof value === 'string') texts = (texts ?? new Set()).add(value)
    else if (typeof value === 'number') (numbers ??= []).push(value)
    else if (value === null) hasNull = true
    else if (value) hasTrue = true
    else hasFalse = true
  }
  return {
    hasNull,
    hasTrue,
    hasFalse,
    numbers: numbers === null ? noNumbers : pointsOf(numbers),
    texts: texts === null ? nothing.texts : { named: 'in', texts },
    hasOthers: false,
  }
}

/** The numbers on one side of a bound. What is absent has no size. */
export function numbersBy(op: Ordering, bound: number): ValueSet {
  return {
    hasNull: false,
    hasTrue: false,
    hasFalse: false,
    numbers: rangesOf(op, bound),
    texts: nothing.texts,
    hasOthers: false,
  }
}

export function complement(set: ValueSet): ValueSet {
  return {
    hasNull: !set.hasNull,
    hasTrue: !set.hasTrue,
    hasFalse: !set.hasFalse,
    numbers: complementRanges(set.numbers),
    texts: { named: set.texts.named === 'in' ? 'out' : 'in', texts: set.texts.texts },
    hasOthers: !set.hasOthers,
  }
}

export function intersection(a: ValueSet, b: ValueSet): ValueSet {
  return {
    hasNull: a.hasNull && b.hasNull,
    hasTrue: a.hasTrue && b.hasTrue,
    hasFalse: a.hasFalse && b.hasFalse,
    numbers:
      a.numbers === allNumbers
        ? b.numbers
        : b.numbers === allNumbers
          ? a.numbers
          : intersectRanges(a.numbers, b.numbers),
    texts: intersectTexts(a.texts, b.texts),
    hasOthers: a.hasOthers && b.hasOthers,
  }
}

function intersectTexts(a: TextSet, b: TextSet): TextSet {
  if (a.named === 'out' && b.named === 'out')
    return { named: 'out', texts: new Set([...a.texts, ...b.texts]) }
  const [named, other] = a.named === 'in' ? [a, b] : [b, a]
  const texts = [...named.texts].filter((text) => other.texts.has(text) === (other.named === 'in'))
  return { named: 'in', texts: new Set(texts) }
}

export function isEmpty(set: ValueSet): boolean {
  if (set.hasNull || set.hasTrue || set.hasFalse || set.hasOthers || set.numbers.length > 0) return false
  return set.texts.named === 'in' && set.texts.texts.size === 0
}

/** The constants that a set consists of; null when it holds anything that cannot be listed. */
export function listed(set: ValueSet): readonly ConstantValue[] | null {
  if (set.hasOthers || set.texts.named === 'out') return null
  if (set.numbers.some(({ from, to }) => from !== to)) return null
  const found: ConstantValue[] = []
  if (set.hasNull) found.push(null)
  if (set.hasTrue) found.push(true)
  if (set.hasFalse) found.push(false)
  for (const { from } of set.numbers) found.push(from)
  for (const text of set.texts.texts) found.push(text)
  return found
}
