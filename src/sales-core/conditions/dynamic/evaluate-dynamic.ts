import { errorText } from '../../../kernel/errors.ts'
import type { ConditionProblem } from '../condition-compiler.ts'
import { Frame, fuelMax, OutOfBudget } from '../cel/frame.ts'
import { parseCel } from '../syntax/parse-cel.ts'
import { Failure } from '../values/value.ts'
import type { Value } from '../values/value.ts'
import { DynamicElaborator } from './dynamic-elaborator.ts'

/** Values by name; a name may hold dots: `a.b`. */
export type Bindings = Readonly<Record<string, Value>>

export type DynamicResult =
  | { readonly state: 'value'; readonly value: Value }
  | { readonly state: 'failed'; readonly failure: Failure }
  | { readonly state: 'unreadable'; readonly problems: readonly ConditionProblem[] }

/**
 * Evaluates plain CEL, without declared types and without the profile's rules for absence and numbers: what the language's own
 * conformance suite and other engines can be compared with. Bounded as conditions are; never throws.
 */
export function evaluateDynamic(
  source: string,
  bindings: Bindings,
  { container = '', fuel = fuelMax }: { readonly container?: string; readonly fuel?: number } = {},
): DynamicResult {
  const parsed = parseCel(source)
  if ('problems' in parsed) return { state: 'unreadable', problems: parsed.problems }
  const names = new Set(Object.keys(bindings))
  const run = new DynamicElaborator({ names, container }).elaborate(parsed.ast)
  const frame = new Frame({ size: 0, read: () => null }, bindings)
  frame.begin(fuel, 0)
  let value: Value
  try {
    value = run(frame)
  } catch (error) {
    value =
      error instanceof OutOfBudget ? error.failure : new Failure(errorText(error), 'NX-CONDITION-FAILED')
  }
  return value instanceof Failure ? { state: 'failed', failure: value } : { state: 'value', value }
}
