import { parse } from '@marcbachmann/cel-js'
import type { ASTNode } from '@marcbachmann/cel-js'
import type { ConditionProblem } from '../condition-compiler.ts'
import { conditionCharsMax } from '../condition-compiler.ts'

export const nodesMax = 500
export const depthMax = 64

export type Parsed = { readonly ast: ASTNode } | { readonly problem: ConditionProblem }

/** The syntax tree of a condition, or what is wrong with its text. Bounded in length, size and depth. */
export function parseCel(source: string): Parsed {
  if (source.trim() === '')
    return problem(
      'NX-CONDITION-SYNTAX',
      'The condition is empty',
      'Write a condition, or leave the field out.',
      0,
    )
  if (source.length > conditionCharsMax) {
    return problem(
      'NX-CONDITION-LIMIT',
      `The condition has ${source.length} characters; ${conditionCharsMax} are allowed`,
      'Split the rule in two, or compare with a list: `x in ["a", "b"]`.',
      conditionCharsMax,
    )
  }
  let ast: ASTNode
  try {
    ast = parse(source).ast
  } catch (error) {
    return syntaxProblem(error, source)
  }
  return sizeProblem(ast) ?? { ast }
}

function syntaxProblem(error: unknown, source: string): Parsed {
  const details = error as { summary?: unknown; range?: { start?: number } }
  const summary = typeof details.summary === 'string' ? details.summary : 'The condition cannot be read'
  const offset = details.range?.start ?? 0
  const single = /(^|[^=!<>])=([^=]|$)/.exec(source)
  const fix =
    single === null
      ? 'Conditions are CEL: `lead.score >= 50 && event.text.contains("price")`.'
      : 'Compare with `==`.'
  return problem(
    'NX-CONDITION-SYNTAX',
    summary.replace(/EOF/, 'the end of the condition'),
    fix,
    Math.min(offset, source.length),
  )
}

function sizeProblem(ast: ASTNode): Parsed | null {
  let nodes = 0
  const pending: Array<{ node: ASTNode; depth: number }> = [{ node: ast, depth: 1 }]
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    nodes += 1
    if (nodes > nodesMax || next.depth > depthMax) {
      const what = nodes > nodesMax ? `has more than ${nodesMax} parts` : `is nested deeper than ${depthMax}`
      return problem('NX-CONDITION-LIMIT', `The condition ${what}`, 'Split the rule in two.', next.node.start)
    }
    for (const child of nodesBelow(next.node)) pending.push({ node: child, depth: next.depth + 1 })
  }
  return null
}

/** How many nodes a tree has. */
export function nodesOf(node: ASTNode): number {
  return nodesBelow(node).reduce((sum, child) => sum + nodesOf(child), 1)
}

/** The nodes that a node is made of, in the order in which they are written. */
export function nodesBelow(node: ASTNode): readonly ASTNode[] {
  const found: ASTNode[] = []
  const collect = (part: unknown): void => {
    if (Array.isArray(part)) for (const inner of part) collect(inner)
    else if (typeof part === 'object' && part !== null && 'op' in part) found.push(part as ASTNode)
  }
  collect(node.args)
  return found
}

function problem(code: string, message: string, fix: string, offset: number): Parsed {
  return { problem: { code, message, fix, offset } }
}
