import { mirrored } from '../syntax/cel-node.ts'
import type { CelNode, Ordering } from '../syntax/cel-node.ts'
import { constantOf } from './constant-of.ts'
import { termText } from './term-text.ts'
import { complement, numbersBy, onlyTrue, setOf } from './value-set.ts'
import type { ConstantValue, ValueSet } from './value-set.ts'

/** A comparison of one term: it holds exactly when the term's value is in the set (and can be read at all). */
export interface Atom {
  readonly term: string
  readonly set: ValueSet
  /** As a person would write it, negation included. */
  readonly text: string
  /** Where it stands in the condition. */
  readonly offset: number
}

/** What must hold for a part of a condition to be `verdict`; true or false when that does not depend on the data. */
export function atomOf(node: CelNode, verdict: boolean): Atom | boolean {
  const constant = constantOf(node)
  if (constant !== null) return (constant.value === true) === verdict
  switch (node.op) {
    case '==':
    case '!=':
      return equalityAtom(node, node.args, (node.op === '==') === verdict)
    case '<':
    case '<=':
    case '>':
    case '>=':
      return orderingAtom(node, node.op, node.args, verdict)
    case 'in':
      return membershipAtom(node, node.args, verdict)
    default:
      return opaque(node, termText(node), verdict)
  }
}

function atom(node: CelNode, term: string, set: ValueSet, text: string, verdict: boolean): Atom {
  const shown = verdict ? text : `!(${text})`
  return { term, set: verdict ? set : complement(set), text: shown, offset: node.start }
}

/** A part that is not looked into: it holds or it does not. */
function opaque(node: CelNode, term: string, verdict: boolean): Atom {
  return atom(node, term, onlyTrue, term, verdict)
}

function equalityAtom(
  node: CelNode,
  [left, right]: readonly [CelNode, CelNode],
  verdict: boolean,
): Atom | boolean {
  const [a, b] = [constantOf(left), constantOf(right)]
  if (a !== null && b !== null) return (a.value === b.value) === verdict
  const [leftText, rightText] = [termText(left), termText(right)]
  if (a === null && b === null) {
    const [first, second] = [leftText, rightText].sort()
    return opaque(node, `${first} == ${second}`, verdict)
  }
  const value = (a ?? b)?.value ?? null
  const term = a === null ? leftText : rightText
  const set = setOf([value])
  return {
    term,
    set: verdict ? set : complement(set),
    text: `${term} ${verdict ? '==' : '!='} ${JSON.stringify(value)}`,
    offset: node.start,
  }
}

function orderingAtom(
  node: CelNode,
  op: Ordering,
  [left, right]: readonly [CelNode, CelNode],
  verdict: boolean,
): Atom | boolean {
  const [a, b] = [constantOf(left), constantOf(right)]
  if (a !== null && b !== null) return holds(op, a.value, b.value) === verdict
  if (typeof b?.value === 'number') return numberAtom(node, termText(left), op, b.value, verdict)
  if (typeof a?.value === 'number') return numberAtom(node, termText(right), mirrored[op], a.value, verdict)
  const isUpward = op === '<' || op === '<='
  const [low, high] = isUpward ? [left, right] : [right, left]
  return opaque(node, `${termText(low)} ${op === '<' || op === '>' ? '<' : '<='} ${termText(high)}`, verdict)
}

function numberAtom(node: CelNode, term: string, op: Ordering, bound: number, verdict: boolean): Atom {
  return atom(node, term, numbersBy(op, bound), `${term} ${op} ${bound}`, verdict)
}

function holds(op: Ordering, a: ConstantValue, b: ConstantValue): boolean {
  const isComparable =
    (typeof a === 'number' && typeof b === 'number') || (typeof a === 'string' && typeof b === 'string')
  if (!isComparable || a === null || b === null) return false
  switch (op) {
    case '<':
      return a < b
    case '<=':
      return a <= b
    case '>':
      return a > b
    case '>=':
      return a >= b
  }
}

function membershipAtom(
  node: CelNode,
  [left, right]: readonly [CelNode, CelNode],
  verdict: boolean,
): Atom | boolean {
  const values = right.op === 'list' ? right.args.map(constantOf) : null
  const constants = values?.filter((value) => value !== null) ?? []
  const term = termText(left)
  if (values === null || constants.length < values.length)
    return opaque(node, `${term} in ${termText(right)}`, verdict)
  const wanted = constantOf(left)
  if (wanted !== null) return constants.some(({ value }) => value === wanted.value) === verdict
  return atom(
    node,
    term,
    setOf(constants.map(({ value }) => value)),
    `${term} in ${termText(right)}`,
    verdict,
  )
}
