import { compareOthers } from '../values/combine.ts'
import { equal } from '../values/equal.ts'
import { Failure, isList, isRecord, KeyedMap, kindOf } from '../values/value.ts'
import type { Value } from '../values/value.ts'
import type { Ordering } from '../syntax/cel-node.ts'
import type { Op } from './code.ts'

/** `left == right`, deep. */
export function equalOp(left: Op, right: Op): Op {
  return (frame) => {
    const x = left(frame)
    if (x instanceof Failure) return x
    const y = right(frame)
    return y instanceof Failure ? y : equal(frame, x, y)
  }
}

/** `part == "text"`: the constant is text, a number or a bool. */
export function equalsConstantOp(part: Op, constant: string | number | boolean): Op {
  return (frame) => {
    const x = part(frame)
    return x === constant || (x instanceof Failure ? x : false)
  }
}

/** As equalsConstantOp on a path. */
export function slotEqualsOp(slot: number, constant: string | number | boolean): Op {
  return (frame) => {
    let x = frame.slots[slot]
    if (x === undefined) x = frame.fill(slot)
    return x === constant || (x instanceof Failure ? x : false)
  }
}

/** What is absent has no size: compared with it, everything is false. */
export function orderingOp(op: Ordering, left: Op, right: Op): Op {
  const holds = verdictOf(op)
  return (frame) => {
    const x = left(frame)
    if (x instanceof Failure) return x
    const y = right(frame)
    if (typeof x === 'number' && typeof y === 'number') return holds(x, y)
    if (x === null || y === null || y instanceof Failure) return y instanceof Failure ? y : false
    const order = compareOthers(x, y)
    return typeof order === 'number' ? holds(order, 0) : order
  }
}

/** Compares a path with a number: the commonest condition of all. */
export function slotOrderingOp(op: Ordering, slot: number, bound: number): Op {
  switch (op) {
    case '<':
      return (frame) => {
        let x = frame.slots[slot]
        if (x === undefined) x = frame.fill(slot)
        return typeof x === 'number' ? x < bound : unordered(x)
      }
    case '<=':
      return (frame) => {
        let x = frame.slots[slot]
        if (x === undefined) x = frame.fill(slot)
        return typeof x === 'number' ? x <= bound : unordered(x)
      }
    case '>':
      return (frame) => {
        let x = frame.slots[slot]
        if (x === undefined) x = frame.fill(slot)
        return typeof x === 'number' ? x > bound : unordered(x)
      }
    case '>=':
      return (frame) => {
        let x = frame.slots[slot]
        if (x === undefined) x = frame.fill(slot)
        return typeof x === 'number' ? x >= bound : unordered(x)
      }
  }
}

function unordered(x: Value): Value {
  if (x === null) return false
  return x instanceof Failure ? x : new Failure(`Compares the size of a ${kindOf(x)} and a number`)
}

function verdictOf(op: Ordering): (a: number, b: number) => boolean {
  switch (op) {
    case '<':
      return (a, b) => a < b
    case '<=':
      return (a, b) => a <= b
    case '>':
      return (a, b) => a > b
    case '>=':
      return (a, b) => a >= b
  }
}

/** `left in right`: an element of a list, a key of a map. Nothing is in what is absent. */
export function membershipOp(left: Op, right: Op, absentIsEmpty: boolean): Op {
  return (frame) => {
    const wanted = left(frame)
    if (wanted instanceof Failure) return wanted
    const where = right(frame)
    if (where instanceof Failure) return where
    if (where === null && absentIsEmpty) return false
    if (isList(where)) {
      frame.spend(1 + (where.length >> 3))
      for (const item of where) {
        const same = equal(frame, wanted, item)
        if (same !== false) return same
      }
      return false
    }
    if (where instanceof KeyedMap) {
      const key = mapKeyOf(wanted)
      return key !== null && where.entries.has(key)
    }
    if (isRecord(where)) return typeof wanted === 'string' && Object.hasOwn(where, wanted)
    return new Failure(`\`in\` looks into a list or a map, not a ${kindOf(where)}`)
  }
}

/** How a key is filed in a KeyedMap: numbers that are equal alike; null for what can be no key. */
export function mapKeyOf(key: Value): string | null {
  if (typeof key === 'string') return `s${key}`
  if (typeof key === 'boolean') return `b${key}`
  if (typeof key === 'bigint') return `n${key}`
  if (typeof key === 'number') return Number.isInteger(key) ? `n${BigInt(key)}` : `d${key}`
  return typeof key === 'object' && key !== null && 'value' in key && typeof key.value === 'bigint'
    ? `n${key.value}`
    : null
}

/** `path in ["a", "b"]` with constants of text, numbers, bools and null. */
export function slotInOp(slot: number, constants: readonly Value[]): Op {
  if (constants.length > 8) {
    const set = new Set(constants)
    return (frame) => {
      let x = frame.slots[slot]
      if (x === undefined) x = frame.fill(slot)
      return set.has(x) || (x instanceof Failure ? x : false)
    }
  }
  return (frame) => {
    let x = frame.slots[slot]
    if (x === undefined) x = frame.fill(slot)
    return constants.includes(x) || (x instanceof Failure ? x : false)
  }
}

/** Is it a constant that can be looked up without comparing deeply? */
export function isScalar(value: Value): value is string | number | boolean | null {
  return (
    value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
  )
}
