import type { FieldType } from '../../types/field-type.ts'
import { mirrored } from '../syntax/cel-node.ts'
import type { Arithmetic, BinaryOperator, CelNode, Ordering } from '../syntax/cel-node.ts'
import { joined, noSuch, taken } from '../values/combine.ts'
import { calculated } from '../values/numeric.ts'
import { Failure } from '../values/value.ts'
import type { Value } from '../values/value.ts'
import {
  asFieldType,
  boolType,
  celTypeText,
  comparable,
  durationType,
  isOpen,
  kindOfType,
  nullableIf,
  numberType,
  stringType,
  timestampType,
  unified,
} from './cel-type.ts'
import type { CelType, Code, Elaborator, Op } from './code.ts'
import { code } from './code.ts'
import {
  equalOp,
  equalsConstantOp,
  isScalar,
  membershipOp,
  orderingOp,
  slotEqualsOp,
  slotInOp,
  slotOrderingOp,
} from './compare-ops.ts'
import type { Frame } from './frame.ts'
import { notOp } from './logic.ts'

/** Elaborates `a op b`. */
export function binary(op: BinaryOperator, node: CelNode, left: Code, right: Code, into: Elaborator): Code {
  switch (op) {
    case '==':
    case '!=':
      return equality(op, node, left, right, into)
    case 'in':
      return membership(node, left, right, into)
    case '<':
    case '<=':
    case '>':
    case '>=':
      return ordering(op, node, left, right, into)
    case '+':
    case '-':
    case '*':
    case '/':
    case '%':
      return arithmetic(op, node, left, right, into)
  }
}

function equality(op: '==' | '!=', node: CelNode, left: Code, right: Code, into: Elaborator): Code {
  if (!comparable(left.type, right.type)) {
    const isNullTest = left.type.kind === 'null' || right.type.kind === 'null'
    return into.problem(
      node,
      'NX-CONDITION-TYPE',
      isNullTest
        ? `${(left.type.kind === 'null' ? right : left).path ?? 'The value'} is never null`
        : `Compares ${celTypeText(left.type)} with ${celTypeText(right.type)}: they are never equal`,
      isNullTest
        ? 'Declare the field with `?` to tell absent from empty, or compare with the empty value.'
        : null,
    )
  }
  const same = sameOp(left, right, into)
  return code(boolType, op === '==' ? same : notOp(same))
}

function sameOp(left: Code, right: Code, into: Elaborator): Op {
  const [part, constant] = right.constant === null ? [right, left.constant] : [left, right.constant]
  const value = constant?.value
  // Text, numbers and bools equal only themselves.
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
    return part.slot === null ? equalsConstantOp(part.run, value) : slotEquals(part.slot, value, into)
  return equalOp(left.run, right.run)
}

function slotEquals(slot: number, value: string | number | boolean, { table }: Elaborator): Op {
  return table.ops.of(slot, '==', value, () => slotEqualsOp(slot, value))
}

function slotOrdering(op: Ordering, slot: number, bound: number, { table }: Elaborator): Op {
  return table.ops.of(slot, op, bound, () => slotOrderingOp(op, slot, bound))
}

function membership(node: CelNode, left: Code, right: Code, into: Elaborator): Code {
  const type = right.type
  if (!isOpen(type) && type.kind !== 'list' && type.kind !== 'map') {
    return into.problem(
      node,
      'NX-CONDITION-TYPE',
      `\`in\` looks into a list or a map, not a ${celTypeText(type)}`,
      'Write `x in ["a", "b"]`; text is searched with `text.contains("a")`.',
    )
  }
  if (type.kind === 'list' && !comparable(left.type, type.of)) {
    return into.problem(
      node,
      'NX-CONDITION-TYPE',
      `Looks for a ${celTypeText(left.type)} in a ${celTypeText(type)}: it is never there`,
    )
  }
  const constants = right.constant?.value
  const isQuick = left.slot !== null && Array.isArray(constants) && (constants as Value[]).every(isScalar)
  return code(
    boolType,
    isQuick
      ? slotInOp(left.slot as number, constants as readonly Value[])
      : membershipOp(left.run, right.run, true),
  )
}

const ordered: ReadonlySet<string> = new Set(['number', 'string', 'timestamp', 'duration'])

function ordering(op: Ordering, node: CelNode, left: Code, right: Code, into: Elaborator): Code {
  const [a, b] = [kindOfType(left.type), kindOfType(right.type)]
  const open = isOpen(left.type) || isOpen(right.type)
  const right_ = (isOpen(left.type) || ordered.has(a)) && (isOpen(right.type) || ordered.has(b))
  if (!right_ || (!open && a !== b)) {
    return into.problem(
      node,
      'NX-CONDITION-TYPE',
      `Compares the size of ${celTypeText(left.type)} and ${celTypeText(right.type)}`,
      'Compare numbers with numbers, text with text, times with times: `timestamp("2026-01-31T00:00:00Z")`.',
    )
  }
  const [low, high] = [left.constant?.value, right.constant?.value]
  if (left.slot !== null && typeof high === 'number')
    return code(boolType, slotOrdering(op, left.slot, high, into))
  if (right.slot !== null && typeof low === 'number')
    return code(boolType, slotOrdering(mirrored[op], right.slot, low, into))
  return code(boolType, orderingOp(op, left.run, right.run))
}

function arithmetic(op: Arithmetic, node: CelNode, left: Code, right: Code, into: Elaborator): Code {
  const type = resultType(op, left.type, right.type)
  if (type === null) {
    return into.problem(
      node,
      'NX-CONDITION-TYPE',
      `There is no ${celTypeText(left.type)} ${op} ${celTypeText(right.type)}`,
      op === '+' ? 'Turn a value into text with `string(x)`.' : null,
    )
  }
  return code(type, arithmeticOp(op, left.run, right.run))
}

/** What is absent makes the result absent. */
function arithmeticOp(op: Arithmetic, left: Op, right: Op): Op {
  return (frame) => {
    const x = left(frame)
    if (x instanceof Failure) return x
    const y = right(frame)
    if (y instanceof Failure) return y
    if (x === null || y === null) return null
    return typeof x === 'number' && typeof y === 'number' ? calculated(op, x, y) : combined(frame, op, x, y)
  }
}

function combined(frame: Frame, op: Arithmetic, x: Value, y: Value): Value {
  if (op === '+') return joined(frame, x, y)
  return op === '-' ? taken(x, y) : noSuch(op, x, y)
}

const results: Readonly<Record<string, FieldType>> = {
  'string + string': stringType,
  'timestamp - timestamp': durationType,
  'duration + duration': durationType,
  'duration - duration': durationType,
  'timestamp + duration': timestampType,
  'timestamp - duration': timestampType,
  'duration + timestamp': timestampType,
}

function resultType(op: Arithmetic, left: CelType, right: CelType): CelType | null {
  const [a, b] = [kindOfType(left), kindOfType(right)]
  if (isOpen(left) || isOpen(right)) return unified(left, right)
  if (a === 'number' && b === 'number') return nullableIf(numberType, left, right)
  if (op === '+' && a === 'list' && b === 'list') return asFieldType(unified(left, right))
  const pair = `${a} ${op} ${b}`
  return Object.hasOwn(results, pair) ? nullableIf(results[pair] as FieldType, left, right) : null
}
