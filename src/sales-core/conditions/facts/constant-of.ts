import type { CelNode } from '../syntax/cel-node.ts'
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
  op: '+' | '-' | '*' | '/' | '%',
  left: { readonly value: ConstantValue } | null,
  right: { readonly value: ConstantValue } | null,
): { readonly value: ConstantValue } | null {
  if (typeof left?.value === 'string' && typeof right?.value === 'string' && op === '+')
    return { value: left.value + right.value }
  if (typeof left?.value !== 'number' || typeof right?.value !== 'number') return null
  const value = calculate(op, left.value, right.value)
  return Number.isFinite(value) ? { value } : null
}

function calculate(op: '+' | '-' | '*' | '/' | '%', a: number, b: number): number {
  switch (op) {
    case '+':
      return a + b
    case '-':
      return a - b
    case '*':
      return a * b
    case '/':
      return b === 0 ? Number.NaN : a / b
    case '%':
      return b === 0 ? Number.NaN : a % b
  }
}
