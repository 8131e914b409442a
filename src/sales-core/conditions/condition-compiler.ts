import type { JsonValue } from '../../kernel/json.ts'
import type { Slots } from './slot-table.ts'
import type { CelNode } from './syntax/cel-node.ts'
import type { VariableTypes, VariableValues } from './variables.ts'

export type { VariableTypes, VariableValues } from './variables.ts'

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

/** How many events of a type an entity had, from `windowMs` ago to now: what `count("email.opened", days(7))` asks for. */
export interface CountNeed {
  readonly eventType: string
  readonly windowMs: number
}

/** The name of a count among the values' `counts`. */
export function countKey({ eventType, windowMs }: CountNeed): string {
  return `${windowMs}:${eventType}`
}

/** The longest window of count(): 90 days. */
export const countWindowMsMax = 90 * 86_400_000

/** Answers business_hours(): handed in as the values' `businessHours`. */
export interface BusinessHours {
  /** Is a calendar open at an instant? Null as calendar: the one that applies here. Null as answer: there is no such calendar. */
  isOpen(atMs: number, calendar: string | null): boolean | null
}

/** A condition ready to run. Evaluation is pure, bounded and never throws. */
export interface Condition {
  readonly source: string
  /** Variables it uses: `event`, `lead`. */
  readonly roots: ReadonlySet<string>
  /** Paths it reads, for explanations: `lead.country`. */
  readonly reads: readonly string[]
  /** Counts that the values must carry for it. */
  readonly counts: readonly CountNeed[]
  /** Calendars that it asks for business hours; null stands for the one that applies. */
  readonly calendars: ReadonlyArray<string | null>
  /** What it was checked against; shared by all conditions of one place. Explanations take the condition apart with it. */
  readonly variables: VariableTypes
  evaluate(values: VariableValues): ConditionResult
  /** As `evaluate`, on values that many conditions share: `SlotTable.of(condition.variables).slots(values)`. */
  test(slots: Slots): ConditionResult
}

export type CompiledCondition =
  /** `tree`: for whoever looks at it right now; a kept one costs more than the condition does. */
  | { readonly state: 'compiled'; readonly condition: Condition; readonly tree: CelNode }
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
export const conditionCharsMax = 4_000
