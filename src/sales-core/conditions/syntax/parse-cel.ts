import type { ConditionProblem } from '../condition-compiler.ts'
import { conditionCharsMax } from '../condition-compiler.ts'
import { CelParser } from './cel-parser.ts'
import type { CelNode } from './cel-node.ts'
import { nodesBelow } from './cel-node.ts'
import { syntax, TokenReader } from './read-tokens.ts'

export const nodesMax = 500
export const depthMax = 64

/** `nodes`: how many the tree has. */
export type Parsed =
  { readonly ast: CelNode; readonly nodes: number } | { readonly problems: readonly ConditionProblem[] }

/** The syntax tree of a condition, or everything that is wrong with its text. Bounded in length, size and depth. */
export function parseCel(source: string): Parsed {
  if (source.trim() === '')
    return { problems: [syntax('The condition is empty', 0, 'Write a condition, or leave the field out.')] }
  if (source.length > conditionCharsMax) {
    const message = `The condition has ${source.length} characters; ${conditionCharsMax} are allowed`
    const fix = 'Split the rule in two, or compare with a list: `x in ["a", "b"]`.'
    return { problems: [limit(message, fix, conditionCharsMax)] }
  }
  const problems: ConditionProblem[] = []
  const parser = new CelParser(new TokenReader(source, problems), problems, depthMax)
  const ast = parser.parse()
  if (ast === null || problems.length > 0) return { problems: distinct(problems) }
  const { nodes } = parser
  // Each level has a node of its own.
  const isRight = nodes <= depthMax || (nodes <= nodesMax && isShallow(ast, 1))
  return isRight ? { ast, nodes } : { problems: [sizeProblem(ast)] }
}

function distinct(problems: readonly ConditionProblem[]): readonly ConditionProblem[] {
  const first = new Map<number, ConditionProblem>()
  for (const problem of problems) if (!first.has(problem.offset)) first.set(problem.offset, problem)
  return [...first.values()].sort((a, b) => a.offset - b.offset)
}

/** What is wrong with a tree that is too large. Chains of `&&` and `||` count as one level, however long: they are checked and run in a loop. */
function sizeProblem(ast: CelNode): ConditionProblem {
  let nodes = 0
  const waiting = [{ node: ast, depth: 1 }]
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { node, depth } = next
    nodes += 1
    if (nodes > nodesMax) return tooLarge(`has more than ${nodesMax} parts`, node.start)
    if (depth > depthMax) return tooLarge(`is nested deeper than ${depthMax}`, node.start)
    for (const child of nodesBelow(node))
      waiting.push({ node: child, depth: continues(node, child) ? depth : depth + 1 })
  }
  return tooLarge(`has more than ${nodesMax} parts`, 0)
}

function tooLarge(what: string, offset: number): ConditionProblem {
  return limit(`The condition ${what}`, 'Split the rule in two.', offset)
}

function continues(node: CelNode, child: CelNode): boolean {
  return (node.op === '&&' || node.op === '||') && child.op === node.op
}

function isShallow(node: CelNode, depth: number): boolean {
  return (
    depth <= depthMax &&
    nodesBelow(node).every((child) => isShallow(child, continues(node, child) ? depth : depth + 1))
  )
}

function limit(message: string, fix: string, offset: number): ConditionProblem {
  return { code: 'NX-CONDITION-LIMIT', message, fix, offset }
}
