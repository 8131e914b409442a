import type { Frame } from '../cel/frame.ts'
import { Bytes, Failure, isList, kindOf, Span, Timestamp } from './value.ts'
import type { Value } from './value.ts'
import { addTimes, subtractTimes } from './time-sums.ts'

/** `x + y` of what are no numbers: texts, lists, bytes, times. Pays for what it makes. */
export function joined(frame: Frame, x: Value, y: Value): Value {
  if (typeof x === 'string' && typeof y === 'string') {
    frame.spend(1 + ((x.length + y.length) >> 4))
    frame.grow(x.length + y.length)
    return x + y
  }
  if (isList(x) && isList(y)) {
    frame.spend(1 + x.length + y.length)
    frame.grow((x.length + y.length) << 3)
    return [...x, ...y]
  }
  if (x instanceof Bytes && y instanceof Bytes) {
    frame.spend(1 + ((x.bytes.length + y.bytes.length) >> 4))
    frame.grow(x.bytes.length + y.bytes.length)
    return new Bytes(Buffer.concat([x.bytes, y.bytes]))
  }
  return addTimes(x, y) ?? noSuch('+', x, y)
}

/** `x - y` of times. */
export function taken(x: Value, y: Value): Value {
  return subtractTimes(x, y) ?? noSuch('-', x, y)
}

/** Below, equal to or above 0 as `x` is to `y`; a failure when they have no order. Numbers are not for here. */
export function compareOthers(x: Value, y: Value): number | Failure {
  if (typeof x === 'string' && typeof y === 'string') return compareText(x, y)
  if (x instanceof Timestamp && y instanceof Timestamp) return x.ms - y.ms || x.ns - y.ns
  if (x instanceof Span && y instanceof Span) return x.ms - y.ms || x.ns - y.ns
  if (typeof x === 'boolean' && typeof y === 'boolean') return Number(x) - Number(y)
  if (x instanceof Bytes && y instanceof Bytes) return Buffer.compare(x.bytes, y.bytes)
  return new Failure(`Compares the size of a ${kindOf(x)} and a ${kindOf(y)}`)
}

/** By code point, as CEL orders text. */
export function compareText(x: string, y: string): number {
  if (x === y) return 0
  const length = Math.min(x.length, y.length)
  let at = 0
  while (at < length && x.charCodeAt(at) === y.charCodeAt(at)) at += 1
  if (at === length) return x.length - y.length
  const [a, b] = [x.charCodeAt(at), y.charCodeAt(at)]
  // Halves of a pair stand for code points above all single units.
  const [isPairA, isPairB] = [a >= 0xd800 && a <= 0xdfff, b >= 0xd800 && b <= 0xdfff]
  return isPairA === isPairB ? a - b : isPairA ? 1 : -1
}

/** The failure of an operator that these two values do not have. */
export function noSuch(op: string, x: Value, y: Value): Failure {
  return new Failure(`There is no ${kindOf(x)} ${op} ${kindOf(y)}`)
}
