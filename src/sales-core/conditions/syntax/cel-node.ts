import type { Bytes, Uint } from '../values/value.ts'

/** What a literal stands for: whole numbers as bigint until it is known what they are to be. */
export type Literal = null | boolean | number | bigint | string | Uint | Bytes

export type Arithmetic = '+' | '-' | '*' | '/' | '%'
export type Ordering = '<' | '<=' | '>' | '>='
export type BinaryOperator = Arithmetic | Ordering | '==' | '!=' | 'in'

/** The ordering that says the same with its sides changed over. */
export const mirrored = { '<': '>', '<=': '>=', '>': '<', '>=': '<=' } as const

interface Place {
  /** Where it is written, characters into the source; brackets around the whole of it stay out. */
  readonly start: number
  readonly end: number
}

/** A node of the syntax tree of a condition. */
export type CelNode =
  | (Place & { readonly op: 'value'; readonly args: Literal })
  | (Place & { readonly op: 'id'; readonly args: string })
  | (Place & { readonly op: '.'; readonly args: readonly [CelNode, string] })
  | (Place & { readonly op: '[]'; readonly args: readonly [CelNode, CelNode] })
  | (Place & { readonly op: 'list'; readonly args: readonly CelNode[] })
  | (Place & { readonly op: 'map'; readonly args: ReadonlyArray<readonly [CelNode, CelNode]> })
  | (Place & { readonly op: 'call'; readonly args: readonly [string, readonly CelNode[]] })
  | (Place & { readonly op: 'rcall'; readonly args: readonly [string, CelNode, readonly CelNode[]] })
  | (Place & { readonly op: '?:'; readonly args: readonly [CelNode, CelNode, CelNode] })
  | (Place & { readonly op: '&&' | '||'; readonly args: readonly [CelNode, CelNode] })
  | (Place & { readonly op: '!_' | '-_'; readonly args: CelNode })
  | (Place & { readonly op: BinaryOperator; readonly args: readonly [CelNode, CelNode] })

/** The nodes that a node is made of, in the order in which they are written. */
export function nodesBelow(node: CelNode): readonly CelNode[] {
  switch (node.op) {
    case 'value':
    case 'id':
      return []
    case '.':
      return [node.args[0]]
    case 'map':
      return node.args.flat()
    case 'call':
      return node.args[1]
    case 'rcall':
      return [node.args[1], ...node.args[2]]
    case '!_':
    case '-_':
      return [node.args]
    default:
      return node.args
  }
}

/** How many nodes a tree has; it must be one that `parseCel` let through. */
export function nodesOf(node: CelNode): number {
  // Reads and literals, which are most of all, need no list of what is below them.
  if (node.op === 'value' || node.op === 'id') return 1
  if (node.op === '.') return 1 + nodesOf(node.args[0])
  let count = 1
  for (const below of nodesBelow(node)) count += nodesOf(below)
  return count
}
