import type { FieldType } from '../../types/field-type.ts'
import { nullable } from '../../types/field-type.ts'
import { Failure } from '../values/value.ts'
import type { Value } from '../values/value.ts'
import { isOpen, nullableIf } from './cel-type.ts'
import type { CelType, Code, Op } from './code.ts'
import { code } from './code.ts'
import type { CelFunction } from '../functions/functions.ts'
import type { SlotTable } from '../slot-table.ts'

// Here and not in the elaborator: a closure keeps alive what its function's closures capture, and a compiled condition must
// not hold the syntax tree it came from.

/** A function or method on its values; what is absent never reaches it. */
export function applied(known: CelFunction, first: Code, second: Code | null): Code {
  const { result: declared } = known
  const result = declared.nullable ? nullableIf({ ...declared, nullable: false }, first.type) : declared
  const type = isOpen(first.type) ? nullable(result) : result
  return code(type, appliedOp(known, first.run, second === null ? null : second.run))
}

function appliedOp({ run, absent }: CelFunction, first: Op, second: Op | null): Op {
  return (frame) => {
    const value = first(frame)
    if (value === null || value instanceof Failure) return value === null ? absent : value
    const other = second === null ? null : second(frame)
    return other instanceof Failure ? other : run(frame, value, other)
  }
}

/** The element that a macro is at. */
export function localRead(type: FieldType, slot: number): Code {
  return code(type, (localOps[slot] ??= localOp(slot)))
}

const localOps: Op[] = []

function localOp(slot: number): Op {
  return (frame) => frame.locals[slot] as Value
}

/** A variable, or (`base`) a member of a path: read as its declared type, once for all conditions of an event. */
export function slotRead(table: SlotTable, type: FieldType, name: string, base: Code | null): Code {
  const parent = base?.slot ?? -1
  return table.sharedMember(parent, name, () => {
    const path = base === null ? name : `${base.path}.${name}`
    const slot = table.slotOf(path, name, parent, type)
    return code(type, (slotOps[slot] ??= slotOp(slot)), { path, slot })
  })
}

const slotOps: Op[] = []

function slotOp(slot: number): Op {
  return (frame) => {
    const value = frame.slots[slot]
    return value === undefined ? frame.fill(slot) : value
  }
}

/** A value that is always the same. */
export function constant(type: CelType, value: Value): Code {
  return { type, run: () => value, path: null, slot: null, constant: { value }, parts: null }
}

/** A list whose elements are computed. */
export function listOfCode(type: FieldType, items: readonly Op[]): Code {
  return code(type, listOp(items))
}

export function listOp(items: readonly Op[]): Op {
  return (frame) => {
    frame.grow(items.length << 3)
    const made: Value[] = []
    for (const item of items) {
      const value = item(frame)
      if (value instanceof Failure) return value
      made.push(value)
    }
    return made
  }
}

/** A map whose entries are computed; its keys are text. */
export function mapOfCode(
  type: FieldType,
  members: ReadonlyArray<{ readonly key: Op; readonly value: Op }>,
): Code {
  return code(type, (frame) => {
    frame.grow(members.length << 4)
    const made: Array<[string, Value]> = []
    for (const member of members) {
      const key = member.key(frame)
      const value = member.value(frame)
      if (key instanceof Failure || value instanceof Failure) return key instanceof Failure ? key : value
      if (typeof key !== 'string') return new Failure('The keys of a map are text')
      made.push([key, value])
    }
    return Object.fromEntries(made)
  })
}
