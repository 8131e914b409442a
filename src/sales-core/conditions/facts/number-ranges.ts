import type { Ordering } from '../syntax/cel-node.ts'

/** A range of numbers; an open end does not belong to it. */
export interface NumberRange {
  readonly from: number
  readonly isFromOpen: boolean
  readonly to: number
  readonly isToOpen: boolean
}

/** Ranges in ascending order that do not touch. */
export type NumberRanges = readonly NumberRange[]

export const noNumbers: NumberRanges = []
export const allNumbers: NumberRanges = [
  { from: Number.NEGATIVE_INFINITY, isFromOpen: true, to: Number.POSITIVE_INFINITY, isToOpen: true },
]

/** The numbers that `x op bound` lets through. */
export function rangesOf(op: Ordering | '==', bound: number): NumberRanges {
  const low = Number.NEGATIVE_INFINITY
  const high = Number.POSITIVE_INFINITY
  switch (op) {
    case '<':
      return [{ from: low, isFromOpen: true, to: bound, isToOpen: true }]
    case '<=':
      return [{ from: low, isFromOpen: true, to: bound, isToOpen: false }]
    case '>':
      return [{ from: bound, isFromOpen: true, to: high, isToOpen: true }]
    case '>=':
      return [{ from: bound, isFromOpen: false, to: high, isToOpen: true }]
    case '==':
      return [{ from: bound, isFromOpen: false, to: bound, isToOpen: false }]
  }
}

/** The numbers of a list. */
export function pointsOf(numbers: readonly number[]): NumberRanges {
  return [...new Set(numbers.map((number) => (number === 0 ? 0 : number)))]
    .sort((a, b) => a - b)
    .flatMap((number) => rangesOf('==', number))
}

export function intersectRanges(a: NumberRanges, b: NumberRanges): NumberRanges {
  const found: NumberRange[] = []
  let [left, right] = [0, 0]
  for (;;) {
    const [x, y] = [a[left], b[right]]
    if (x === undefined || y === undefined) return found
    const overlap = intersectTwo(x, y)
    if (overlap !== null) found.push(overlap)
    if (endsBefore(x, y)) left += 1
    else right += 1
  }
}

function intersectTwo(x: NumberRange, y: NumberRange): NumberRange | null {
  const lower = x.from > y.from || (x.from === y.from && x.isFromOpen) ? x : y
  const upper = x.to < y.to || (x.to === y.to && x.isToOpen) ? x : y
  const range = {
    from: lower.from,
    isFromOpen: lower.isFromOpen,
    to: upper.to,
    isToOpen: upper.isToOpen,
  }
  const isEmpty = range.from > range.to || (range.from === range.to && (range.isFromOpen || range.isToOpen))
  return isEmpty ? null : range
}

function endsBefore(x: NumberRange, y: NumberRange): boolean {
  return x.to < y.to || (x.to === y.to && x.isToOpen && !y.isToOpen)
}

export function complementRanges(ranges: NumberRanges): NumberRanges {
  const gaps: NumberRange[] = []
  let from = Number.NEGATIVE_INFINITY
  let isFromOpen = true
  for (const range of ranges) {
    const isGap = range.from > from || (range.from === from && range.isFromOpen && !isFromOpen)
    if (isGap) gaps.push({ from, isFromOpen, to: range.from, isToOpen: !range.isFromOpen })
    from = range.to
    isFromOpen = !range.isToOpen
  }
  if (from < Number.POSITIVE_INFINITY)
    gaps.push({ from, isFromOpen, to: Number.POSITIVE_INFINITY, isToOpen: true })
  return gaps
}
