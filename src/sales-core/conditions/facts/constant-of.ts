import type { Arithmetic, CelNode } from '../syntax/cel-node.ts'
import { calculated } from '../values/numeric.ts'
import { Failure } from '../values/value.ts'
import type { ConstantValue } from './value-set.ts'

/** The value of an expression that needs no data: literals and arithmetic on them; null when it needs some or would fail. */
export function constantOf(node: CelNode): { readonly value: ConstantValue } | null {
  switch (node.op) {
    case 'value':
      return literal(node.args)
    case '-_':
      return negated(constantOf(node.args))
    case '+':
    case '-':
    case '*':
    case '/':
    case '%':
      return computed(node.op, constantOf(node.args[0]), constantOf(node.args[1]))
    default:
      return null
  }
}

function literal(value: unknown): { readonly value: ConstantValue } | null {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return { value }
  const number = typeof value === 'bigint' ? Number(value) : value
  return typeof number === 'number' && Number.isFinite(number) ? { value: number } : null
}

function negated(part: { readonly value: ConstantValue } | null): { readonly value: ConstantValue } | null {
  return typeof part?.value === 'number' ? { value: -part.value } : null
}

function computed(
  op: Arithmetic,
  left: { readonly value: ConstantValue } | null,
  right: { readonly value: ConstantValue } | null,
): { readonly value: ConstantValue } | null {
  if (typeof left?.value === 'string' && typeof right?.value === 'string' && op === '+')
    return { value: left.value + right.value }
  if (typeof left?.value !== 'number' || typeof right?.value !== 'number') return null
  const value = calculated(op, left.value, right.value)
  return value instanceof Failure ? null : { value }
}
