import { conditionalOp, junctionOp, notOp, truth } from '../cel/logic.ts'
import { allOp, existsOneOp, existsOp, gatherOp } from '../cel/loops.ts'
import type { Loop } from '../cel/loops.ts'
import { equalOp, mapKeyOf, membershipOp } from '../cel/compare-ops.ts'
import { listOp } from '../cel/build-code.ts'
import type { Op } from '../cel/code.ts'
import { macroNames } from '../cel/macros.ts'
import { found, linearRegex } from '../functions/linear-regex.ts'
import { methods, wrong } from '../functions/functions.ts'
import { compareOthers, joined, noSuch, taken } from '../values/combine.ts'
import { arithmeticOf, compareNumbers, int64, isNumeric } from '../values/numeric.ts'
import { Failure, isList, isRecord, KeyedMap, kindOf, TypeName } from '../values/value.ts'
import type { Value } from '../values/value.ts'
import type { Arithmetic, CelNode, Ordering } from '../syntax/cel-node.ts'
import { nodesOf } from '../syntax/cel-node.ts'
import { conversions, typeNames } from './conversions.ts'

/** Names that data may go by, dots included, and the container that short names are looked up in. */
export interface DynamicScope {
  readonly names: ReadonlySet<string>
  readonly container: string
}

/**
 * Builds plain CEL: no declared types, ints and doubles kept apart, what is absent is a failure. Operators, loops, functions, values
 * and budgets are those of the profile; only what the profile decides by its declared types is decided here by the values.
 */
export class DynamicElaborator {
  readonly #scope: DynamicScope
  readonly #locals: string[] = []

  constructor(scope: DynamicScope) {
    this.#scope = scope
  }

  elaborate(node: CelNode): Op {
    switch (node.op) {
      case 'value':
        return always(node.args)
      case 'id':
      case '.':
        return this.#name(node)
      case '[]':
        return indexOp(this.elaborate(node.args[0]), this.elaborate(node.args[1]))
      case 'list':
        return listOp(node.args.map((item) => this.elaborate(item)))
      case 'map':
        return mapOp(node.args.map(([key, value]) => [this.elaborate(key), this.elaborate(value)] as const))
      case 'call':
        return this.#call(node.args[0], node.args[1])
      case 'rcall':
        return this.#method(node.args[0], node.args[1], node.args[2])
      case '?:':
        return conditionalOp(
          this.#truth(node.args[0]),
          this.elaborate(node.args[1]),
          this.elaborate(node.args[2]),
        )
      case '&&':
      case '||':
        return junctionOp(node.op, [this.#truth(node.args[0]), this.#truth(node.args[1])])
      case '!_':
        return notOp(this.#truth(node.args))
      case '-_':
        return negatedOp(this.elaborate(node.args))
      default:
        return binaryOp(node.op, this.elaborate(node.args[0]), this.elaborate(node.args[1]))
    }
  }

  #truth(node: CelNode): Op {
    return truthOp(this.elaborate(node))
  }

  /** The longest name that data goes by wins over the field of a shorter one. */
  #name(node: CelNode & { readonly op: 'id' | '.' }): Op {
    const path = pathOf(node)
    if (path !== null) {
      const [root = ''] = path
      const local = this.#locals.lastIndexOf(root)
      if (local >= 0 && path.length === 1) return ({ locals }) => locals[local] as Value
      if (local < 0) {
        const known = this.#resolved(path.join('.'))
        if (known !== null) return known
        if (path.length === 1) return always(new Failure(`There is no '${root}' here`))
      }
    }
    return node.op === '.' ? memberOp(this.elaborate(node.args[0]), node.args[1]) : always(null)
  }

  #resolved(name: string): Op | null {
    const isAbsolute = name.startsWith('.')
    const spaces = isAbsolute || this.#scope.container === '' ? [] : this.#scope.container.split('.')
    for (let length = spaces.length; length >= 0; length -= 1) {
      const full = [...spaces.slice(0, length), isAbsolute ? name.slice(1) : name].join('.')
      if (this.#scope.names.has(full)) return ({ values }) => values[full] as Value
      if (typeNames.has(full)) return always(new TypeName(full))
    }
    return null
  }

  #call(name: string, args: readonly CelNode[]): Op {
    if (name === 'has') return this.#has(args)
    if (name === 'matches') return matchesOp(args.map((arg) => this.elaborate(arg)))
    const ops = args.map((arg) => this.elaborate(arg))
    const conversion = conversions.get(name)
    if (conversion !== undefined && ops.length === 1)
      return onValues(ops, ([value]) => conversion(value as Value))
    return name === 'size' ? methodOp(name, ops) : always(new Failure(`There is no function ${name}() here`))
  }

  #has([field]: readonly CelNode[]): Op {
    if (field?.op !== '.') return always(new Failure('has takes a field'))
    const [base, name] = [this.elaborate(field.args[0]), field.args[1]]
    return onValues([base], ([value]) => {
      if (value instanceof KeyedMap) return value.entries.has(`s${name}`)
      return isRecord(value as Value) ? Object.hasOwn(value as object, name) : wrong('a map', value as Value)
    })
  }

  #method(name: string, receiver: CelNode, args: readonly CelNode[]): Op {
    if (macroNames.has(name) && args[0]?.op === 'id')
      return this.#macro(name, receiver, args[0].args, args.slice(1))
    const ops = [receiver, ...args].map((arg) => this.elaborate(arg))
    return name === 'matches' ? matchesOp(ops) : methodOp(name, ops)
  }

  #macro(name: string, over: CelNode, variable: string, bodies: readonly CelNode[]): Op {
    const list = this.elaborate(over)
    const slot = this.#locals.length
    this.#locals.push(variable)
    const ops = bodies.map((body) => this.elaborate(body))
    this.#locals.pop()
    const [first, second] = ops
    if (first === undefined) return always(new Failure(`${name} takes a name and an expression`))
    const cost = bodies.reduce((sum, body) => sum + nodesOf(body), 1)
    const loop: Loop = { over: list, slot, cost, read: (raw) => raw as Value, absentIsEmpty: false }
    if (name === 'all') return allOp(loop, truthOp(first))
    if (name === 'exists') return existsOp(loop, truthOp(first))
    if (name === 'exists_one') return existsOneOp(loop, truthOp(first))
    if (name === 'filter') return gatherOp(loop, truthOp(first), null)
    return second === undefined ? gatherOp(loop, null, first) : gatherOp(loop, truthOp(first), second)
  }
}

function pathOf(node: CelNode): readonly string[] | null {
  if (node.op === 'id') return [node.args]
  if (node.op !== '.') return null
  const base = pathOf(node.args[0])
  return base === null ? null : [...base, node.args[1]]
}

function always(value: Value): Op {
  return () => value
}

/** Runs on values only: a failure among them is the result. */
function onValues(ops: readonly Op[], run: (values: readonly Value[]) => Value): Op {
  return (frame) => {
    const values: Value[] = []
    for (const op of ops) {
      const value = op(frame)
      if (value instanceof Failure) return value
      values.push(value)
    }
    return run(values)
  }
}

/** Only a bool is true or false here: null is not. */
function truthOp(op: Op): Op {
  return (frame) => {
    const value = op(frame)
    return value === null ? wrong('true or false', value) : truth(value)
  }
}

function negatedOp(op: Op): Op {
  return onValues([op], ([value]) => {
    if (typeof value === 'number') return -value
    return typeof value === 'bigint' ? int64(-value) : wrong('a number', value as Value)
  })
}

function memberOp(base: Op, name: string): Op {
  return onValues([base], ([value]) => keyed(value as Value, name))
}

/** A key's value; what is not there is a failure. */
function keyed(value: Value, key: Value): Value {
  if (value instanceof KeyedMap) {
    const filed = mapKeyOf(key)
    const entry = filed === null ? undefined : value.entries.get(filed)
    return entry === undefined ? new Failure('There is no such key') : entry.value
  }
  if (!isRecord(value)) return new Failure(`A ${kindOf(value)} has no fields`)
  if (typeof key !== 'string' || !Object.hasOwn(value, key)) return new Failure('There is no such key')
  return value[key] ?? null
}

function indexOp(base: Op, key: Op): Op {
  return onValues([base, key], ([value = null, at = null]) => {
    if (!isList(value)) return keyed(value, at)
    if (!isNumeric(at)) return wrong('a whole number', at)
    const index = typeof at === 'number' ? at : Number(typeof at === 'bigint' ? at : at.value)
    const isThere = Number.isInteger(index) && index >= 0 && index < value.length
    return isThere ? (value[index] as Value) : new Failure('The list has no such element')
  })
}

function mapOp(members: ReadonlyArray<readonly [Op, Op]>): Op {
  return onValues(members.flat(), (values) => {
    const entries = new Map<string, { key: Value; value: Value }>()
    for (let at = 0; at < values.length; at += 2) {
      const [key, value] = [values[at] as Value, values[at + 1] as Value]
      const filed = typeof key === 'number' ? null : mapKeyOf(key)
      if (filed === null) return wrong('text, a bool or a whole number as key', key)
      if (entries.has(filed)) return new Failure('A key is there twice')
      entries.set(filed, { key, value })
    }
    return new KeyedMap(entries)
  })
}

function methodOp(name: string, ops: readonly Op[]): Op {
  const known = methods.get(name)
  const [first, second] = ops
  if (known === undefined || first === undefined || ops.length - 1 < known.required || ops.length > 2)
    return always(new Failure(`There is no function ${name}() here`))
  return (frame) => {
    const value = first(frame)
    if (value instanceof Failure) return value
    const other = second === undefined ? null : second(frame)
    if (other instanceof Failure || value === null) return value === null ? wrong('a value', value) : other
    const result = known.run(frame, value, other)
    // Counts and parts of times are ints here; the profile has one kind of number.
    return typeof result === 'number' ? BigInt(result) : result
  }
}

function matchesOp([text, pattern]: readonly Op[]): Op {
  if (text === undefined || pattern === undefined)
    return always(new Failure('matches() takes a text and a pattern'))
  return (frame) => {
    const [value, written] = [text(frame), pattern(frame)]
    if (value instanceof Failure) return value
    if (typeof value !== 'string' || typeof written !== 'string')
      return written instanceof Failure ? written : wrong('text', value)
    // Compiling takes about a tenth of a millisecond.
    frame.spend(2_000)
    const regex = linearRegex(written)
    return regex instanceof Failure ? regex : found(frame, regex, value)
  }
}

function binaryOp(op: Arithmetic | Ordering | '==' | '!=' | 'in', left: Op, right: Op): Op {
  switch (op) {
    case '==':
      return equalOp(left, right)
    case '!=':
      return notOp(equalOp(left, right))
    case 'in':
      return membershipOp(left, right, false)
    case '<':
    case '<=':
    case '>':
    case '>=':
      return onValues([left, right], ([x = null, y = null]) => ordered(op, x, y))
    default:
      return (frame) => {
        const x = left(frame)
        if (x instanceof Failure) return x
        const y = right(frame)
        if (y instanceof Failure) return y
        const number = arithmeticOf(op, x, y)
        if (number !== null) return number
        return op === '+' ? joined(frame, x, y) : op === '-' ? taken(x, y) : noSuch(op, x, y)
      }
  }
}

function ordered(op: Ordering, x: Value, y: Value): Value {
  const order = isNumeric(x) && isNumeric(y) ? compareNumbers(x, y) : compareOthers(x, y)
  if (typeof order !== 'number') return order
  return op === '<' ? order < 0 : op === '<=' ? order <= 0 : op === '>' ? order > 0 : order >= 0
}
