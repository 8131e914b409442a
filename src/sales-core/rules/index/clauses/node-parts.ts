import type { ConstantValue } from '../../../conditions/facts/value-set.ts'
import type { CelNode } from '../../../conditions/syntax/cel-node.ts'

/** The value of a literal; null when it is none. Whatever must be computed is left to the evaluator. */
export function literalOf(node: CelNode): { readonly value: ConstantValue } | null {
  if (node.op === '-_') {
    const inner = literalOf(node.args)
    return typeof inner?.value === 'number' ? { value: -inner.value } : null
  }
  if (node.op !== 'value') return null
  const value = node.args
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return { value }
  if (typeof value === 'number') return Number.isFinite(value) ? { value } : null
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? { value: Number(value) } : null
  return null
}

/** The values of a list of literals; null when it is anything else. */
export function literalsOf(node: CelNode): readonly ConstantValue[] | null {
  if (node.op !== 'list') return null
  const literals = node.args.map(literalOf)
  return literals.every((literal) => literal !== null) ? literals.map(({ value }) => value) : null
}
