import type { Arithmetic } from '../syntax/cel-node.ts'
import { Failure, Uint } from './value.ts'
import type { Value } from './value.ts'

/** A number of any kind: double, int or uint. */
export type Numeric = number | bigint | Uint

export function isNumeric(value: Value): value is Numeric {
  return typeof value === 'number' || typeof value === 'bigint' || value instanceof Uint
}

/** Below, equal to or above 0 as `a` is to `b`; NaN when one of them is NaN. A whole number beside a double is taken as a double, as CEL has it. */
export function compareNumbers(a: Numeric, b: Numeric): number {
  const isDouble = typeof a === 'number' || typeof b === 'number'
  const x = plain(a, isDouble)
  const y = plain(b, isDouble)
  if (x < y) return -1
  if (x > y) return 1
  return x === y ? 0 : Number.NaN
}

function plain(value: Numeric, asDouble: boolean): number | bigint {
  const plainValue = value instanceof Uint ? value.value : value
  return asDouble ? Number(plainValue) : plainValue
}

const overflow = new Failure('The result is larger than a whole number of 64 bits')

/** An int of 64 bits, or the failure that it is none. */
export function int64(value: bigint): bigint | Failure {
  return BigInt.asIntN(64, value) === value ? value : overflow
}

/** An unsigned int of 64 bits, or the failure that it is none. */
export function uint64(value: bigint): Uint | Failure {
  return BigInt.asUintN(64, value) === value ? new Uint(value) : overflow
}

/** Arithmetic of the profile, which has one kind of number: a result that is none is a failure. */
export function calculated(op: Arithmetic, x: number, y: number): number | Failure {
  switch (op) {
    case '+':
      return finite(x + y)
    case '-':
      return finite(x - y)
    case '*':
      return finite(x * y)
    case '/':
      return y === 0 ? new Failure('Divides by zero') : finite(x / y)
    case '%':
      return y === 0 ? new Failure('Divides by zero') : finite(x % y)
  }
}

function finite(result: number): number | Failure {
  return Number.isFinite(result) ? result : new Failure('The result is larger than a number can be')
}

/** Arithmetic of plain CEL on two ints, two uints or two doubles; null when they are of different kinds. */
export function arithmeticOf(op: Arithmetic, a: Value, b: Value): Value {
  if (typeof a === 'number' && typeof b === 'number') return doubles(op, a, b)
  if (typeof a === 'bigint' && typeof b === 'bigint') {
    const result = whole(op, a, b)
    return typeof result === 'bigint' ? int64(result) : result
  }
  if (a instanceof Uint && b instanceof Uint) {
    const result = whole(op, a.value, b.value)
    return typeof result === 'bigint' ? uint64(result) : result
  }
  return null
}

function doubles(op: Arithmetic, a: number, b: number): Value {
  switch (op) {
    case '+':
      return a + b
    case '-':
      return a - b
    case '*':
      return a * b
    case '/':
      return a / b
    case '%':
      return null
  }
}

function whole(op: Arithmetic, a: bigint, b: bigint): bigint | Failure {
  switch (op) {
    case '+':
      return a + b
    case '-':
      return a - b
    case '*':
      return a * b
    case '/':
      return b === 0n ? new Failure('Divides by zero') : a / b
    case '%':
      return b === 0n ? new Failure('Divides by zero') : a % b
  }
}
