import type { JsonValue } from '../../kernel/json.ts'
import type { FieldType } from '../types/field-type.ts'

/** The names that a condition may use, with their declared types. */
export type VariableTypes = ReadonlyMap<string, FieldType>

/** The values of the variables, by name. Timestamps as RFC 3339 text or Date. Only own properties are ever read. */
export type VariableValues = Readonly<Record<string, unknown>>

/** What the expression must yield. */
export type Expected = 'bool' | 'number'

/** Something wrong with a condition, found before it ever runs. `offset` counts characters of the source. */
export interface ConditionProblem {
  readonly code: string
  readonly message: string
  readonly fix: string | null
  readonly offset: number
}

export type ConditionResult =
  | { readonly state: 'value'; readonly value: JsonValue }
  /** It failed with these values: the effects that hang on it are dropped, and said so. */
  | { readonly state: 'error'; readonly code: string; readonly message: string }

/** A condition ready to run. Evaluation is pure, bounded and never throws. */
export interface Condition {
  readonly source: string
  /** Variables it uses: `event`, `lead`. */
  readonly roots: ReadonlySet<string>
  /** Paths it reads, for explanations: `lead.country`. */
  readonly reads: readonly string[]
  /** What it was checked against; shared by all conditions of one place. Explanations take the condition apart with it. */
  readonly variables: VariableTypes
  evaluate(values: VariableValues): ConditionResult
}

export type CompiledCondition =
  | { readonly state: 'compiled'; readonly condition: Condition }
  | { readonly state: 'problems'; readonly problems: readonly ConditionProblem[] }

/**
 * Turns the text of a condition into something that runs. What is absent reads as null where the declaration says `?`, else as
 * the type's default or zero. An absent value makes every comparison of size false, and passes through methods and arithmetic.
 */
export interface ConditionCompiler {
  /** Reports every problem it can find at once, never throws. `fuel`: the work that one evaluation may do, in steps. */
  compile(source: string, variables: VariableTypes, expected: Expected, fuel?: number): CompiledCondition
}

/** The longest condition, characters. */
export const conditionCharsMax = 2_000
