import type { Frame } from '../cel/frame.ts'
import { compareNumbers, isNumeric } from './numeric.ts'
import {
  Bytes,
  Failure,
  isList,
  isRecord,
  KeyedMap,
  Span,
  Special,
  Timestamp,
  TypeName,
  Uint,
} from './value.ts'
import type { Value } from './value.ts'

/** Lists and maps inside one another, at most: what is deeper in both is not compared. */
const nestingMax = 64

/** Deep equality. Values of different types are unequal, numbers equal by value; NaN equals nothing. Pays for every container. */
export function equal(frame: Frame, a: Value, b: Value, depth = 0): boolean | Failure {
  if (typeof a !== 'object' || a === null) {
    if (a === b) return true
    // A bigint or Uint beside a number: plain CEL.
    return (typeof a === 'bigint' || b instanceof Uint || typeof b === 'bigint') && numbersEqual(a, b)
  }
  if (typeof b !== 'object' || b === null) return a instanceof Uint && numbersEqual(a, b)
  if (a instanceof Special || b instanceof Special) return specialsEqual(frame, a, b, depth)
  if (depth >= nestingMax) return new Failure(`Compares values nested deeper than ${nestingMax}`)
  if (isList(a)) return isList(b) && listsEqual(frame, a, b, depth)
  return !isList(b) && isRecord(a) && isRecord(b) && recordsEqual(frame, a, b, depth)
}

function numbersEqual(a: Value, b: Value): boolean {
  return isNumeric(a) && isNumeric(b) && compareNumbers(a, b) === 0
}

function listsEqual(
  frame: Frame,
  a: readonly Value[],
  b: readonly Value[],
  depth: number,
): boolean | Failure {
  if (a.length !== b.length) return false
  frame.spend(1 + (a.length >> 3))
  for (const [index, item] of a.entries()) {
    const same = equal(frame, item, b[index] ?? null, depth + 1)
    if (same !== true) return same
  }
  return true
}

function recordsEqual(
  frame: Frame,
  a: { readonly [key: string]: Value | undefined },
  b: { readonly [key: string]: Value | undefined },
  depth: number,
): boolean | Failure {
  const keys = Object.keys(a)
  frame.spend(1 + (keys.length >> 3))
  if (keys.length !== Object.keys(b).length) return false
  for (const key of keys) {
    if (!Object.hasOwn(b, key)) return false
    const same = equal(frame, a[key] ?? null, b[key] ?? null, depth + 1)
    if (same !== true) return same
  }
  return true
}

function specialsEqual(frame: Frame, a: Value, b: Value, depth: number): boolean | Failure {
  if (a instanceof Timestamp) return b instanceof Timestamp && a.ms === b.ms && a.ns === b.ns
  if (a instanceof Span) return b instanceof Span && a.ms === b.ms && a.ns === b.ns
  if (a instanceof Uint || b instanceof Uint) return numbersEqual(a, b)
  if (a instanceof Bytes) return b instanceof Bytes && Buffer.compare(a.bytes, b.bytes) === 0
  if (a instanceof TypeName) return b instanceof TypeName && a.name === b.name
  if (a instanceof KeyedMap && b instanceof KeyedMap) return keyedEqual(frame, a, b, depth)
  return false
}

function keyedEqual(frame: Frame, a: KeyedMap, b: KeyedMap, depth: number): boolean | Failure {
  if (a.entries.size !== b.entries.size) return false
  if (depth >= nestingMax) return new Failure(`Compares values nested deeper than ${nestingMax}`)
  frame.spend(1 + (a.entries.size >> 3))
  for (const [key, { value }] of a.entries) {
    const other = b.entries.get(key)
    if (other === undefined) return false
    const same = equal(frame, value, other.value, depth + 1)
    if (same !== true) return same
  }
  return true
}
