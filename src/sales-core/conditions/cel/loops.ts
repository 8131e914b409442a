import { Failure, isList, isRecord, KeyedMap, kindOf } from '../values/value.ts'
import type { Value } from '../values/value.ts'
import type { Op } from './code.ts'
import type { Frame } from './frame.ts'

/** `over.exists(x, body)` and its kin, ready to run. `test` and `body` read the element in the local slot. */
export interface Loop {
  readonly over: Op
  readonly slot: number
  /** What the data holds, as the element's declared type. */
  readonly read: (raw: unknown) => Value
  /** Steps of one round. */
  readonly cost: number
  /** Is an absent list an empty one? */
  readonly absentIsEmpty: boolean
}

/** True when `test` holds for all elements. False for one decides, even when others fail. */
export function allOp(loop: Loop, test: Op): Op {
  return quantified(loop, test, false)
}

/** True when `test` holds for an element. True for one decides, even when others fail. */
export function existsOp(loop: Loop, test: Op): Op {
  return quantified(loop, test, true)
}

function quantified(loop: Loop, test: Op, deciding: boolean): Op {
  const { slot, read, cost } = loop
  return (frame) => {
    const items = itemsOf(frame, loop)
    if (items instanceof Failure) return items
    let result: Value = !deciding
    for (const item of items) {
      frame.spend(cost)
      frame.locals[slot] = read(item)
      const x = test(frame)
      if (x === deciding) return deciding
      if (x instanceof Failure && typeof result === 'boolean') result = x
    }
    return result
  }
}

/** True when `test` holds for one element and no other. */
export function existsOneOp(loop: Loop, test: Op): Op {
  const { slot, read, cost } = loop
  return (frame) => {
    const items = itemsOf(frame, loop)
    if (items instanceof Failure) return items
    let count = 0
    for (const item of items) {
      frame.spend(cost)
      frame.locals[slot] = read(item)
      const x = test(frame)
      if (x instanceof Failure) return x
      if (x === true) count += 1
    }
    return count === 1
  }
}

/** The elements for which `test` holds (all without one), each turned by `body` (as they are without one). */
export function gatherOp(loop: Loop, test: Op | null, body: Op | null): Op {
  const { slot, read, cost } = loop
  return (frame) => {
    const items = itemsOf(frame, loop)
    if (items instanceof Failure) return items
    const made: Value[] = []
    for (const item of items) {
      frame.spend(cost)
      frame.locals[slot] = read(item)
      const x = test === null ? true : test(frame)
      if (x instanceof Failure) return x
      if (x !== true) continue
      const value = body === null ? item : body(frame)
      if (value instanceof Failure) return value
      frame.grow(8)
      made.push(value)
    }
    return made
  }
}

/** `list.exists(x, x == "a")`: a search. */
export function holdsConstantOp(over: Op, wanted: string | number, read: (raw: unknown) => Value): Op {
  const kind = typeof wanted
  return (frame) => {
    const items = over(frame)
    if (!isList(items)) return items === null ? false : items
    frame.spend(1 + (items.length >> 2))
    let result: Value = false
    for (const item of items) {
      if (item === wanted) return true
      if (typeof item === kind) continue
      // Absent, or of another type than declared.
      const value = read(item)
      if (value === wanted) return true
      if (value instanceof Failure && result === false) result = value
    }
    return result
  }
}

function itemsOf(frame: Frame, { over, absentIsEmpty }: Loop): readonly Value[] | Failure {
  const value = over(frame)
  if (isList(value) || value instanceof Failure) return value
  if (value === null && absentIsEmpty) return []
  if (value instanceof KeyedMap) return Array.from(value.entries.values(), ({ key }) => key)
  if (!isRecord(value)) return new Failure(`Needs a list or a map and got a ${kindOf(value)}`)
  const keys = Object.keys(value)
  frame.spend(1 + (keys.length >> 3))
  return keys
}
