import type { FieldType } from '../../types/field-type.ts'
import { jsonType, nullable } from '../../types/field-type.ts'
import { nearestName } from '../../../kernel/nearest-name.ts'
import type { CelNode } from '../syntax/cel-node.ts'
import { readerOf } from '../values/read-value.ts'
import type { Reader } from '../values/read-value.ts'
import { Failure, isList, isRecord, kindOf } from '../values/value.ts'
import { slotRead } from './build-code.ts'
import { boolType, celTypeText, isOpen, kindOfType, nullableIf } from './cel-type.ts'
import type { Code, Elaborator, Op } from './code.ts'
import { code } from './code.ts'

/** Elaborates `base.name`. */
export function member(node: CelNode, base: Code, name: string, into: Elaborator): Code {
  const type = memberType(base, name)
  if (type === null) return unknownMember(node, base, name, into)
  if (base.path === null || base.slot === null)
    return code(type, memberOp(base.run, name, readerOf(type, name)))
  return slotRead(into.table, type, name, base)
}

function memberOp(base: Op, name: string, read: Reader): Op {
  return (frame) => {
    const record = base(frame)
    if (record === null || record instanceof Failure) return record
    if (!isRecord(record)) return new Failure(`A ${kindOf(record)} has no field ${name}`)
    return read(Object.hasOwn(record, name) ? record[name] : undefined)
  }
}

function memberType(base: Code, name: string): FieldType | null {
  const type = base.type
  if (isOpen(type)) return jsonType
  if (type.kind === 'map') return nullable(type.of)
  const field = type.kind === 'struct' ? type.fields.get(name) : undefined
  return field === undefined ? null : nullableIf(field, type)
}

function unknownMember(node: CelNode, base: Code, name: string, into: Elaborator): Code {
  // Point at the name, not at the beginning of the whole path.
  const at = { start: Math.max(node.start, node.end - name.length) }
  const of = base.path ?? 'the value'
  if (base.type.kind !== 'struct') {
    return into.problem(
      at,
      'NX-CONDITION-UNKNOWN',
      `${of} is a ${celTypeText(base.type)}: it has no field '${name}'`,
    )
  }
  const known = [...base.type.fields.keys()]
  const near = nearestName(name, known)
  return into.problem(
    at,
    'NX-CONDITION-UNKNOWN',
    `${of} has no field '${name}'`,
    near === null
      ? `Declare it in ${of === 'flags' ? 'a FeatureFlags document' : `the type of ${of}`}; declared are ${known.slice(0, 12).join(', ') || 'none'}.`
      : `Did you mean '${near}'?`,
  )
}

/** Elaborates `base[key]`: the n-th of a list, the value of a key. Beyond the end and unknown keys are absent: null. */
export function indexed(node: CelNode, base: Code, key: Code, into: Elaborator): Code {
  const type = base.type
  const keyKind = kindOfType(key.type)
  if (type.kind === 'struct') {
    return into.problem(
      node,
      'NX-CONDITION-TYPE',
      'Declared fields are read with a dot',
      'Write `lead.country`.',
    )
  }
  const wanted = type.kind === 'list' ? 'number' : type.kind === 'map' ? 'string' : null
  if (!isOpen(type) && wanted === null) {
    return into.problem(
      node,
      'NX-CONDITION-TYPE',
      `${base.path ?? 'The value'} is a ${celTypeText(type)}: it has no elements`,
    )
  }
  if (wanted !== null && !isOpen(key.type) && keyKind !== wanted) {
    return into.problem(
      node,
      'NX-CONDITION-TYPE',
      `A ${type.kind} is read by ${wanted}, not by ${celTypeText(key.type)}`,
    )
  }
  const itemType = type.kind === 'list' || type.kind === 'map' ? nullable(type.of) : jsonType
  return code(itemType, indexOp(base.run, key.run, readerOf(itemType, `${base.path ?? 'the value'}[…]`)))
}

function indexOp(base: Op, key: Op, read: Reader): Op {
  return (frame) => {
    const container = base(frame)
    if (container instanceof Failure) return container
    const at = key(frame)
    if (container === null || at === null || at instanceof Failure) return at instanceof Failure ? at : null
    if (isList(container) && typeof at === 'number')
      return read(Number.isInteger(at) && at >= 0 ? container[at] : undefined)
    if (isRecord(container) && typeof at === 'string')
      return read(Object.hasOwn(container, at) ? container[at] : undefined)
    return new Failure(`A ${kindOf(container)} is not read by a ${kindOf(at)}`)
  }
}

/** Elaborates `has(base.name)`: is there a value of its own, not a default and not null? */
export function presence(node: CelNode, field: CelNode, into: Elaborator): Code {
  if (field.op !== '.')
    return into.problem(node, 'NX-CONDITION-SYNTAX', 'has takes a field', 'Write `has(lead.country)`.')
  const [baseNode, name] = field.args
  const base = into.elaborate(baseNode)
  if (memberType(base, name) === null) return unknownMember(field, base, name, into)
  return code(boolType, presenceOp(base.run, name))
}

function presenceOp(base: Op, name: string): Op {
  return (frame) => {
    const record = base(frame)
    if (record instanceof Failure) return record
    if (record === null || !isRecord(record) || !Object.hasOwn(record, name)) return false
    return record[name] !== null && record[name] !== undefined
  }
}
