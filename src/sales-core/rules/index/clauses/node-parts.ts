import type { ConstantValue } from '../../../conditions/facts/value-set.ts'
import type { CelNode } from '../../../conditions/syntax/cel-node.ts'

/** The value of a literal; undefined when it is none. Whatever must be computed is left to the evaluator. */
export function literalOf(node: CelNode): ConstantValue | undefined {
  if (node.op === '-_') {
    const inner = literalOf(node.args)
    return typeof inner === 'number' ? -inner : undefined
  }
  if (node.op !== 'value') return undefined
  const value = node.args
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : undefined
  return undefined
}

/** The values of a list of literals; null when it is anything else. */
export function literalsOf(node: CelNode): readonly ConstantValue[] | null {
  if (node.op !== 'list') return null
  const values: ConstantValue[] = []
  for (const item of node.args) {
    const value = literalOf(item)
    if (value === undefined) return null
    values.push(value)
  }
  return values
}
