import type { ASTNode } from '@marcbachmann/cel-js'
import { boolType, celTypeText, isOpen, kindOfType, nullableIf, numberType, unified } from './cel-type.ts'
import type { Code, Elaborator } from './code.ts'
import { code } from './code.ts'
import type { Frame } from './frame.ts'
import { EvaluationFailure, kindOf } from './value.ts'
import type { Value } from './value.ts'

/** Does it hold? An absent bool does not. */
export function truth(value: Value): boolean {
  if (typeof value === 'boolean') return value
  if (value === null) return false
  throw new EvaluationFailure('NX-CONDITION-DATA', `Needs true or false and got a ${kindOf(value)}`)
}

function mustBeCondition(node: ASTNode, part: Code, into: Elaborator): boolean {
  if (isOpen(part.type) || part.type.kind === 'bool') return true
  into.problem(
    node,
    'NX-CONDITION-TYPE',
    `${part.path ?? 'This part'} is a ${celTypeText(part.type)}, not true or false`,
    'Compare it: `x != ""`, `x > 0`.',
  )
  return false
}

/** CEL's `&&`: false on either side decides, even when the other side fails. */
export function and(node: ASTNode, left: Code, right: Code, into: Elaborator): Code {
  return bothConditions(node, left, right, into) ? junction(left, right, false) : nothing
}

/** CEL's `||`: true on either side decides, even when the other side fails. */
export function or(node: ASTNode, left: Code, right: Code, into: Elaborator): Code {
  return bothConditions(node, left, right, into) ? junction(left, right, true) : nothing
}

const nothing = code(boolType, () => null)

function bothConditions(node: ASTNode, left: Code, right: Code, into: Elaborator): boolean {
  const isLeft = mustBeCondition(node, left, into)
  return mustBeCondition(node, right, into) && isLeft
}

// Code is built apart from the checks, here and elsewhere: a closure keeps everything alive that its function's closures
// capture, and a compiled condition must not hold its syntax tree (ten times its size).
function junction(left: Code, right: Code, deciding: boolean): Code {
  return code(boolType, (frame) => decided(frame, left, right, deciding))
}

function decided(frame: Frame, left: Code, right: Code, deciding: boolean): boolean {
  let first: boolean
  try {
    first = truth(left.run(frame))
  } catch (failure) {
    if (failure instanceof EvaluationFailure && failure.code === 'NX-CONDITION-FUEL') throw failure
    if (truth(right.run(frame)) === deciding) return deciding
    throw failure
  }
  return first === deciding ? deciding : truth(right.run(frame))
}

export function not(node: ASTNode, part: Code, into: Elaborator): Code {
  if (!mustBeCondition(node, part, into)) return code(boolType, () => null)
  return code(boolType, (frame) => !truth(part.run(frame)))
}

export function negated(node: ASTNode, part: Code, into: Elaborator): Code {
  if (!isOpen(part.type) && kindOfType(part.type) !== 'number') {
    return into.problem(node, 'NX-CONDITION-TYPE', `There is no -${celTypeText(part.type)}`)
  }
  return code(nullableIf(numberType, part.type), (frame) => {
    const value = part.run(frame)
    if (value === null) return null
    if (typeof value !== 'number')
      throw new EvaluationFailure('NX-CONDITION-DATA', `There is no -${kindOf(value)}`)
    return -value
  })
}

export function conditional(node: ASTNode, test: Code, yes: Code, no: Code, into: Elaborator): Code {
  if (!mustBeCondition(node, test, into)) return code(unified(yes.type, no.type), () => null)
  return code(unified(yes.type, no.type), (frame) =>
    truth(test.run(frame)) ? yes.run(frame) : no.run(frame),
  )
}
