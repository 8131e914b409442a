import type { CelNode } from '../syntax/cel-node.ts'

/**
 * An expression written out in one way only: two parts of a condition with the same text have the same value whenever they are
 * evaluated on the same data, because evaluation is pure.
 */
export function termText(node: CelNode): string {
  switch (node.op) {
    case 'value':
      return literalText(node.args)
    case 'id':
      return node.args
    case '.':
      return `${termText(node.args[0])}.${node.args[1]}`
    case '[]':
      return `${termText(node.args[0])}[${termText(node.args[1])}]`
    case 'list':
      return `[${node.args.map(termText).join(', ')}]`
    case 'map':
      return `{${node.args.map(([key, value]) => `${termText(key)}: ${termText(value)}`).join(', ')}}`
    case 'call':
      return `${node.args[0]}(${node.args[1].map(termText).join(', ')})`
    case 'rcall':
      return `${termText(node.args[1])}.${node.args[0]}(${node.args[2].map(termText).join(', ')})`
    case '?:':
      return `(${termText(node.args[0])} ? ${termText(node.args[1])} : ${termText(node.args[2])})`
    case '!_':
      return `!${termText(node.args)}`
    case '-_':
      return `-${termText(node.args)}`
    default:
      return `(${termText(node.args[0])} ${node.op} ${termText(node.args[1])})`
  }
}

function literalText(value: unknown): string {
  if (typeof value === 'bigint') return String(Number(value))
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' || value === null)
    return JSON.stringify(value)
  // Bytes and the like are refused by the compiler; their text still has to tell them apart.
  return `${Object.prototype.toString.call(value)}${String(value)}`
}
