import { macroNames } from '../../../conditions/cel/macros.ts'
import { nodesBelow } from '../../../conditions/syntax/cel-node.ts'
import type { CelNode } from '../../../conditions/syntax/cel-node.ts'
import { literalOf, literalsOf } from './node-parts.ts'
import type { Term, Terms } from './term.ts'

/** Data beyond these counts as large: conditions that read it may run out of steps. */
export const itemsMax = 50
export const textCharsMax = 4_096

/** Steps that every condition may take, whatever its limits say; the least that `evaluation_fuel` may be is 1,000. */
export const stepsMax = 900

/** What evaluating a part of a condition takes at worst, in steps, as long as nothing it `measures` is large. */
export interface Work {
  readonly steps: number
  readonly measures: readonly Term[]
}

const textCalls: ReadonlySet<string> = new Set(
  'contains startsWith endsWith lower lowerAscii upper upperAscii trim size has'.split(' '),
)
// A step is paid for every 128 characters, and changing case may make them three times as many.
const textCallSteps = 1 + (3 * textCharsMax) / 128
const free: Work = { steps: 1, measures: [] }

/** The work of a part; null when nothing simple can be said of it. `locals`: names of the elements that loops are at. */
export function worstWork(node: CelNode, terms: Terms, locals: readonly string[] = []): Work | null {
  if (node.op === 'id' || node.op === '.') return readWork(node, terms, locals)
  if (literalOf(node) !== undefined) return free
  const literals = literalsOf(node)
  if (literals !== null) return { steps: 1 + literals.length, measures: [] }
  switch (node.op) {
    case '&&':
    case '||':
    case '!_':
    case '?:':
    case '==':
    case '!=':
    case '<':
    case '<=':
    case '>':
    case '>=':
      return sum(2, node, terms, locals)
    case 'in':
      return sum(2 + itemsMax, node, terms, locals)
    case 'call':
      return textCalls.has(node.args[0]) ? sum(textCallSteps, node, terms, locals) : null
    case 'rcall':
      if (macroNames.has(node.args[0])) return loopWork(node, terms, locals)
      return textCalls.has(node.args[0]) ? sum(textCallSteps, node, terms, locals) : null
    default:
      return null
  }
}

function readWork(node: CelNode, terms: Terms, locals: readonly string[]): Work | null {
  // An element of a list of plain values; it has no members.
  if (node.op === 'id' && locals.includes(node.args)) return free
  if (node.op === '.' && locals.includes(rootOf(node))) return null
  const term = terms.of(node)
  if (term === null) return null
  const { type } = term
  if (!isFlat(type.kind === 'list' ? type.of.kind : type.kind)) return null
  const isMeasured = type.kind === 'list' || type.kind === 'string'
  return { steps: term.depth, measures: isMeasured ? [term] : [] }
}

function rootOf(node: CelNode): string {
  if (node.op === '.') return rootOf(node.args[0])
  return node.op === 'id' ? node.args : ''
}

function loopWork(
  node: Extract<CelNode, { op: 'rcall' }>,
  terms: Terms,
  locals: readonly string[],
): Work | null {
  const [name, over, [variable, body]] = node.args
  if (name === 'map' || name === 'filter' || variable?.op !== 'id' || body === undefined) return null
  if (terms.of(over)?.type.kind !== 'list') return null
  const list = worstWork(over, terms, locals)
  const each = worstWork(body, terms, [...locals, variable.args])
  if (list === null || each === null) return null
  const steps = 2 + list.steps + itemsMax * (2 + each.steps)
  return { steps, measures: [...list.measures, ...each.measures] }
}

function sum(own: number, node: CelNode, terms: Terms, locals: readonly string[]): Work | null {
  let steps = own
  const measures: Term[] = []
  for (const below of nodesBelow(node)) {
    const work = worstWork(below, terms, locals)
    if (work === null) return null
    steps += work.steps
    measures.push(...work.measures)
  }
  return { steps, measures }
}

function isFlat(kind: string): boolean {
  return kind !== 'json' && kind !== 'map' && kind !== 'struct' && kind !== 'list'
}
