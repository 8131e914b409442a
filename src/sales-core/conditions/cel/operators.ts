import type { ASTNode, BinaryOperator } from '@marcbachmann/cel-js'
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
import type { CelType, Code, Elaborator } from './code.ts'
import { code } from './code.ts'
import type { Frame } from './frame.ts'
import { EvaluationFailure, isList, isRecord, kindOf, Span, Timestamp } from './value.ts'
import type { Value } from './value.ts'

/** Elaborates `a op b`. */
export function binary(op: BinaryOperator, node: ASTNode, left: Code, right: Code, into: Elaborator): Code {
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

function equality(op: '==' | '!=', node: ASTNode, left: Code, right: Code, into: Elaborator): Code {
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
  return op === '=='
    ? code(boolType, (frame) => equal(frame, left.run(frame), right.run(frame)))
    : code(boolType, (frame) => !equal(frame, left.run(frame), right.run(frame)))
}

/** Deep equality; pays for every element. */
export function equal(frame: Frame, a: Value, b: Value): boolean {
  if (a === b) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  if (a instanceof Timestamp) return b instanceof Timestamp && a.ms === b.ms
  if (a instanceof Span) return b instanceof Span && a.ms === b.ms
  frame.spend(1)
  if (isList(a))
    return (
      isList(b) && a.length === b.length && a.every((item, index) => equal(frame, item, b[index] ?? null))
    )
  if (!isRecord(a) || !isRecord(b)) return false
  const keys = Object.keys(a)
  if (keys.length !== Object.keys(b).length) return false
  const other = b
  const own = a
  return keys.every((key) => Object.hasOwn(other, key) && equal(frame, own[key] ?? null, other[key] ?? null))
}

function membership(node: ASTNode, left: Code, right: Code, into: Elaborator): Code {
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
  return code(boolType, (frame) => {
    const wanted = left.run(frame)
    const where = right.run(frame)
    if (where === null) return false
    if (isList(where)) {
      frame.spend(1 + (where.length >> 3))
      return where.some((item) => equal(frame, wanted, item))
    }
    if (isRecord(where)) return typeof wanted === 'string' && Object.hasOwn(where, wanted)
    throw new EvaluationFailure(
      'NX-CONDITION-DATA',
      `\`in\` looks into a list or a map, not a ${kindOf(where)}`,
    )
  })
}

const ordered: ReadonlySet<string> = new Set(['number', 'string', 'timestamp', 'duration'])

function ordering(
  op: '<' | '<=' | '>' | '>=',
  node: ASTNode,
  left: Code,
  right: Code,
  into: Elaborator,
): Code {
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
  const holds = holdsOf(op)
  return code(boolType, (frame) => {
    const x = left.run(frame)
    const y = right.run(frame)
    if (typeof x === 'number' && typeof y === 'number') return holds(x, y)
    if (x === null || y === null) return false
    if (typeof x === 'string' && typeof y === 'string') return holds(x, y)
    if (x instanceof Timestamp && y instanceof Timestamp) return holds(x.ms, y.ms)
    if (x instanceof Span && y instanceof Span) return holds(x.ms, y.ms)
    throw new EvaluationFailure('NX-CONDITION-DATA', `Compares the size of a ${kindOf(x)} and a ${kindOf(y)}`)
  })
}

function holdsOf(op: '<' | '<=' | '>' | '>='): (a: number | string, b: number | string) => boolean {
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

type Arithmetic = '+' | '-' | '*' | '/' | '%'

function arithmetic(op: Arithmetic, node: ASTNode, left: Code, right: Code, into: Elaborator): Code {
  const type = resultType(op, left.type, right.type)
  if (type === null) {
    return into.problem(
      node,
      'NX-CONDITION-TYPE',
      `There is no ${celTypeText(left.type)} ${op} ${celTypeText(right.type)}`,
      op === '+' ? 'Turn a value into text with `string(x)`.' : null,
    )
  }
  const compute = op === '+' ? plus : op === '-' ? minus : (_: Frame, x: Value, y: Value) => scaled(op, x, y)
  return code(type, (frame) => {
    const x = left.run(frame)
    const y = right.run(frame)
    return x === null || y === null ? null : compute(frame, x, y)
  })
}

function resultType(op: Arithmetic, left: CelType, right: CelType): CelType | null {
  const [a, b] = [kindOfType(left), kindOfType(right)]
  if (isOpen(left) || isOpen(right)) return unified(left, right)
  const pair = `${a} ${op} ${b}`
  if (a === 'number' && b === 'number') return nullableIf(numberType, left, right)
  if (pair === 'string + string') return nullableIf(stringType, left, right)
  if (pair === 'list + list') return asFieldType(unified(left, right))
  if (pair === 'timestamp - timestamp' || pair === 'duration + duration' || pair === 'duration - duration') {
    return nullableIf(durationType, left, right)
  }
  if (pair === 'timestamp + duration' || pair === 'timestamp - duration' || pair === 'duration + timestamp') {
    return nullableIf(timestampType, left, right)
  }
  return null
}

function plus(frame: Frame, x: Value, y: Value): Value {
  if (typeof x === 'number' && typeof y === 'number') return finite(x + y)
  if (typeof x === 'string' && typeof y === 'string') {
    frame.spend(1 + ((x.length + y.length) >> 4))
    return x + y
  }
  if (isList(x) && isList(y)) {
    frame.spend(1 + x.length + y.length)
    return [...x, ...y]
  }
  if (x instanceof Timestamp && y instanceof Span) return new Timestamp(x.ms + y.ms)
  if (x instanceof Span && y instanceof Timestamp) return new Timestamp(x.ms + y.ms)
  if (x instanceof Span && y instanceof Span) return new Span(x.ms + y.ms)
  throw noSuch('+', x, y)
}

function minus(_frame: Frame, x: Value, y: Value): Value {
  if (typeof x === 'number' && typeof y === 'number') return finite(x - y)
  if (x instanceof Timestamp && y instanceof Timestamp) return new Span(x.ms - y.ms)
  if (x instanceof Timestamp && y instanceof Span) return new Timestamp(x.ms - y.ms)
  if (x instanceof Span && y instanceof Span) return new Span(x.ms - y.ms)
  throw noSuch('-', x, y)
}

function scaled(op: '*' | '/' | '%', x: Value, y: Value): Value {
  if (typeof x !== 'number' || typeof y !== 'number') throw noSuch(op, x, y)
  if (op === '*') return finite(x * y)
  if (y === 0) throw new EvaluationFailure('NX-CONDITION-DATA', 'Divides by zero')
  return finite(op === '/' ? x / y : x % y)
}

function finite(result: number): number {
  if (Number.isFinite(result)) return result
  throw new EvaluationFailure('NX-CONDITION-DATA', 'The result is larger than a number can be')
}

function noSuch(op: string, x: Value, y: Value): EvaluationFailure {
  return new EvaluationFailure('NX-CONDITION-DATA', `There is no ${kindOf(x)} ${op} ${kindOf(y)}`)
}
