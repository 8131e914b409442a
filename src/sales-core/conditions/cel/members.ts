import type { ASTNode } from '@marcbachmann/cel-js'
import type { FieldType } from '../../types/field-type.ts'
import { jsonType, nullable } from '../../types/field-type.ts'
import { nearestName } from '../../../kernel/nearest-name.ts'
import { boolType, celTypeText, isOpen, kindOfType, nullableIf } from './cel-type.ts'
import type { Code, Elaborator } from './code.ts'
import { code } from './code.ts'
import { readerOf } from './read-value.ts'
import { EvaluationFailure, isList, isRecord, kindOf, ownMember } from './value.ts'

/** Elaborates `base.name`. */
export function member(node: ASTNode, base: Code, name: string, into: Elaborator): Code {
  const path = base.path === null ? null : `${base.path}.${name}`
  const type = memberType(base, name)
  return type === null ? unknownMember(node, base, name, into) : memberRead(base, name, type, path)
}

function memberRead(base: Code, name: string, type: FieldType, path: string | null): Code {
  const read = readerOf(type, path ?? name)
  return code(
    type,
    (frame) => {
      const record = base.run(frame)
      if (record === null) return null
      if (!isRecord(record))
        throw new EvaluationFailure('NX-CONDITION-DATA', `A ${kindOf(record)} has no field ${name}`)
      return read(Object.hasOwn(record, name) ? record[name] : undefined)
    },
    path,
  )
}

function memberType(base: Code, name: string): FieldType | null {
  const type = base.type
  if (isOpen(type)) return jsonType
  if (type.kind === 'map') return nullable(type.of)
  const field = type.kind === 'struct' ? type.fields.get(name) : undefined
  return field === undefined ? null : nullableIf(field, type)
}

function unknownMember(node: ASTNode, base: Code, name: string, into: Elaborator): Code {
  // Point at the name, not at the beginning of the whole path.
  const at = {
    start:
      'end' in node && typeof node.end === 'number'
        ? Math.max(node.start, node.end - name.length)
        : node.start,
  }
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
export function indexed(node: ASTNode, base: Code, key: Code, into: Elaborator): Code {
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
  const read = readerOf(itemType, `${base.path ?? 'the value'}[…]`)
  return code(itemType, (frame) => {
    const container = base.run(frame)
    const at = key.run(frame)
    if (container === null || at === null) return null
    if (isList(container) && typeof at === 'number')
      return read(Number.isInteger(at) && at >= 0 ? container[at] : undefined)
    if (isRecord(container) && typeof at === 'string') return read(ownMember(container, at))
    throw new EvaluationFailure('NX-CONDITION-DATA', `A ${kindOf(container)} is not read by a ${kindOf(at)}`)
  })
}

/** Elaborates `has(base.name)`: is there a value of its own, not a default and not null? */
export function presence(node: ASTNode, field: ASTNode, into: Elaborator): Code {
  if (field.op !== '.')
    return into.problem(node, 'NX-CONDITION-SYNTAX', 'has takes a field', 'Write `has(lead.country)`.')
  const [baseNode, name] = field.args
  const base = into.elaborate(baseNode)
  if (memberType(base, name) === null) return unknownMember(field, base, name, into)
  return code(boolType, (frame) => {
    const record = base.run(frame)
    return record !== null && isRecord(record) && ownMember(record, name) !== null
  })
}
