import { Failure, kindOf } from '../values/value.ts'
import type { Value } from '../values/value.ts'
import type { CelNode } from '../syntax/cel-node.ts'
import { boolType, celTypeText, isOpen, kindOfType, nullableIf, numberType, unified } from './cel-type.ts'
import type { Code, Elaborator, Op } from './code.ts'
import { code } from './code.ts'

/** Does it hold? An absent bool does not. */
export function truth(value: Value): boolean | Failure {
  if (typeof value === 'boolean' || value instanceof Failure) return value
  return value === null ? false : new Failure(`Needs true or false and got a ${kindOf(value)}`)
}

/** Yields true, false or a failure, nothing else. */
export function truthOp(part: Code): Op {
  return part.type.kind === 'bool' && !part.type.nullable ? part.run : wrapped(part.run)
}

function wrapped(run: Op): Op {
  return (frame) => truth(run(frame))
}

function mustBeCondition(node: CelNode, part: Code, into: Elaborator): boolean {
  if (isOpen(part.type) || part.type.kind === 'bool') return true
  into.problem(
    node,
    'NX-CONDITION-TYPE',
    `${part.path ?? 'This part'} is a ${celTypeText(part.type)}, not true or false`,
    'Compare it: `x != ""`, `x > 0`.',
  )
  return false
}

/** CEL's `&&` and `||`: the deciding value on either side decides, even when the other side fails. */
export function junction(op: '&&' | '||', node: CelNode, left: Code, right: Code, into: Elaborator): Code {
  const isLeft = mustBeCondition(node, left, into)
  if (!mustBeCondition(node, right, into) || !isLeft) return nothing
  return new Junction(op, left, right)
}

const nothing = code(boolType, () => null)

/** The code of a chain. What runs is made when it is asked for: of a long one, only the whole is. */
class Junction implements Code {
  readonly type = boolType
  readonly path = null
  readonly slot = null
  readonly constant = null
  readonly #op: '&&' | '||'
  /** Its parts come first; behind them may be what a longer chain goes on with. */
  readonly #ops: Op[]
  readonly #count: number
  #run: Op | null = null

  constructor(op: '&&' | '||', left: Code, right: Code) {
    this.#op = op
    this.#ops = left instanceof Junction && left.#op === op ? left.#continued() : [truthOp(left)]
    if (right instanceof Junction && right.#op === op) this.#ops.push(...right.#own())
    else this.#ops.push(truthOp(right))
    this.#count = this.#ops.length
  }

  get run(): Op {
    this.#run ??= junctionOp(this.#op, this.#own())
    return this.#run
  }

  get parts(): Code['parts'] {
    return { op: this.#op, ops: this.#own() }
  }

  #own(): Op[] {
    return this.#ops.slice(0, this.#count)
  }

  /** Its parts, for a longer chain to go on with. */
  #continued(): Op[] {
    return this.#ops.length === this.#count ? this.#ops : this.#own()
  }
}

/** Joins ops that yield true, false or a failure. */
export function junctionOp(op: '&&' | '||', ops: readonly Op[]): Op {
  const [a, b, c, d] = ops as readonly [Op, Op, Op, Op]
  if (op === '||') return ops.length === 2 ? either(a, b) : any(ops)
  if (ops.length === 2) return both(a, b)
  if (ops.length === 3) return three(a, b, c)
  return ops.length === 4 ? four(a, b, c, d) : every(ops)
}

function both(a: Op, b: Op): Op {
  return (frame) => {
    const x = a(frame)
    if (x === false) return false
    const y = b(frame)
    return y === false || x === true ? y : x
  }
}

function either(a: Op, b: Op): Op {
  return (frame) => {
    const x = a(frame)
    if (x === true) return true
    const y = b(frame)
    return y === true || x === false ? y : x
  }
}

function three(a: Op, b: Op, c: Op): Op {
  return (frame) => {
    const x = a(frame)
    if (x === false) return false
    const y = b(frame)
    if (y === false) return false
    const z = c(frame)
    if (z === false) return false
    return x !== true ? x : y !== true ? y : z
  }
}

function four(a: Op, b: Op, c: Op, d: Op): Op {
  return (frame) => {
    const w = a(frame)
    if (w === false) return false
    const x = b(frame)
    if (x === false) return false
    const y = c(frame)
    if (y === false) return false
    const z = d(frame)
    if (z === false) return false
    if (w !== true) return w
    return x !== true ? x : y !== true ? y : z
  }
}

function every(ops: readonly Op[]): Op {
  return (frame) => {
    let failed: Value = true
    for (const op of ops) {
      const x = op(frame)
      if (x === false) return false
      if (x !== true && failed === true) failed = x
    }
    return failed
  }
}

function any(ops: readonly Op[]): Op {
  return (frame) => {
    let failed: Value = false
    for (const op of ops) {
      const x = op(frame)
      if (x === true) return true
      if (x !== false && failed === false) failed = x
    }
    return failed
  }
}

export function not(node: CelNode, part: Code, into: Elaborator): Code {
  return mustBeCondition(node, part, into) ? code(boolType, notOp(truthOp(part))) : nothing
}

/** Turns true and false around. */
export function notOp(op: Op): Op {
  return (frame) => {
    const x = op(frame)
    return typeof x === 'boolean' ? !x : x
  }
}

export function negated(node: CelNode, part: Code, into: Elaborator): Code {
  if (!isOpen(part.type) && kindOfType(part.type) !== 'number') {
    return into.problem(node, 'NX-CONDITION-TYPE', `There is no -${celTypeText(part.type)}`)
  }
  return code(nullableIf(numberType, part.type), negatedOp(part.run))
}

function negatedOp(op: Op): Op {
  return (frame) => {
    const value = op(frame)
    if (typeof value === 'number') return -value
    return value === null || value instanceof Failure ? value : new Failure(`There is no -${kindOf(value)}`)
  }
}

export function conditional(node: CelNode, test: Code, yes: Code, no: Code, into: Elaborator): Code {
  const type = unified(yes.type, no.type)
  if (!mustBeCondition(node, test, into)) return code(type, () => null)
  return code(type, conditionalOp(truthOp(test), yes.run, no.run))
}

export function conditionalOp(test: Op, yes: Op, no: Op): Op {
  return (frame) => {
    const x = test(frame)
    return x === true ? yes(frame) : x === false ? no(frame) : x
  }
}
