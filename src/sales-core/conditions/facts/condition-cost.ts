import type { ASTNode } from '@marcbachmann/cel-js'
import { macroNames } from '../cel/macros.ts'
import { nodesBelow } from '../cel/parse.ts'

/** Elements that a list or map of the data is taken to have. The real ones are counted when it runs. */
export const assumedItems = 100

/** Steps that a condition may take by this estimate: what one evaluation may spend at run time. */
export const costMax = 100_000

/**
 * How many steps a condition may take when every list of the data has `assumedItems` elements and nothing is cut short: parts of
 * the text, and the bodies of `all`, `exists`, `map` and `filter` once for every element, nested ones multiplied.
 */
export function conditionCost(node: ASTNode): number {
  if (node.op === 'rcall' && macroNames.has(node.args[0])) {
    const [, over, parameters] = node.args
    const body = parameters[1]
    return 1 + conditionCost(over) + itemsOf(over) * (1 + (body === undefined ? 0 : conditionCost(body)))
  }
  if (node.op === 'in') {
    // Eight elements are compared in one step.
    const [wanted, list] = node.args
    return 1 + conditionCost(wanted) + conditionCost(list) + Math.ceil(itemsOf(list) / 8)
  }
  return nodesBelow(node).reduce((sum, child) => sum + conditionCost(child), 1)
}

/** How many elements a macro goes over. */
function itemsOf(node: ASTNode): number {
  if (node.op === 'list' || node.op === 'map') return node.args.length
  if (node.op === 'rcall' && (node.args[0] === 'map' || node.args[0] === 'filter'))
    return itemsOf(node.args[1])
  if (node.op === '+') return itemsOf(node.args[0]) + itemsOf(node.args[1])
  return assumedItems
}
