import { errorText } from '../../kernel/errors.ts'
import type {
  CompiledCondition,
  Condition,
  ConditionCompiler,
  ConditionProblem,
  ConditionResult,
  CountNeed,
  Expected,
  VariableTypes,
  VariableValues,
} from './condition-compiler.ts'
import { celTypeText, isOpen, kindOfType } from './cel/cel-type.ts'
import type { Code, Op } from './cel/code.ts'
import { CelElaborator } from './cel/elaborate.ts'
import { fuelMax, OutOfBudget } from './cel/frame.ts'
import { junctionOp } from './cel/logic.ts'
import type { SlotTable, Slots } from './slot-table.ts'
import { parseCel } from './syntax/parse-cel.ts'
import { Failure, toJson } from './values/value.ts'
import type { Value } from './values/value.ts'

/** Conditions written in CEL: parsed, checked against declared types and evaluated within bounds by code of ours. */
export class CelConditionCompiler implements ConditionCompiler {
  compile(source: string, variables: VariableTypes, expected: Expected, fuel = fuelMax): CompiledCondition {
    const parsed = parseCel(source)
    if ('problems' in parsed) return { state: 'problems', problems: parsed.problems }
    const elaborator = new CelElaborator(variables)
    const code = elaborator.elaborate(parsed.ast)
    if (elaborator.problems.length === 0 && !isOpen(code.type) && kindOfType(code.type) !== expected) {
      elaborator.problem(
        { start: 0 },
        'NX-CONDITION-TYPE',
        `It is a ${celTypeText(code.type)} and must be ${expected === 'bool' ? 'true or false' : 'a number'}`,
      )
    }
    const problems = elaborator.problems.toSorted((a, b) => a.offset - b.offset)
    if (problems.length > 0) return { state: 'problems', problems }
    // Every eight parts are a step, whatever the data is.
    const base = 1 + (parsed.nodes >> 3)
    const around = surroundingsOf(elaborator, variables)
    return {
      state: 'compiled',
      condition: new CelCondition(source, around, code, expected, fuel, base),
      tree: parsed.ast,
    }
  }
}

const noCounts: readonly CountNeed[] = []
const noCalendars: ReadonlyArray<string | null> = []

/** What conditions that read the same have in common: thousands of them hold few different ones. */
interface Surroundings {
  readonly roots: ReadonlySet<string>
  readonly reads: readonly string[]
  readonly counts: readonly CountNeed[]
  readonly calendars: ReadonlyArray<string | null>
  readonly variables: VariableTypes
  readonly table: SlotTable
}

function surroundingsOf(elaborator: CelElaborator, variables: VariableTypes): Surroundings {
  const { table, counts, calendars } = elaborator
  const [roots, reads] = [[...elaborator.roots], [...elaborator.reads]]
  const asks = counts.length + calendars.length === 0 ? '' : JSON.stringify([counts, calendars])
  // Names have no line ends.
  const key = `${roots.join('\n')}\n\n${reads.join('\n')}\n\n${asks}`
  return table.shared(`reads ${key}`, () => ({
    roots: new Set(roots),
    reads,
    counts,
    calendars,
    variables,
    table,
  }))
}

const isTrue: ConditionResult = { state: 'value', value: true }
const isFalse: ConditionResult = { state: 'value', value: false }

/** Holds its text and what runs; no syntax tree, no types. */
class CelCondition implements Condition {
  readonly source: string
  readonly #surroundings: Surroundings
  /** Most rules say no in their first part: it is one with other rules', and they look at nothing of their own. */
  readonly #first: Op
  /** What is joined to it by `&&`; null: nothing. */
  readonly #rest: Op | null
  readonly #expected: Expected
  readonly #fuel: number
  readonly #base: number

  constructor(
    source: string,
    around: Surroundings,
    code: Code,
    expected: Expected,
    fuel: number,
    base: number,
  ) {
    this.source = source
    this.#surroundings = around
    const { first, rest } = split(code)
    this.#first = first
    this.#rest = rest
    this.#expected = expected
    this.#fuel = fuel
    this.#base = base
  }

  get roots(): ReadonlySet<string> {
    return this.#surroundings.roots
  }

  get reads(): readonly string[] {
    return this.#surroundings.reads
  }

  get counts(): readonly CountNeed[] {
    return this.#surroundings.counts
  }

  get calendars(): ReadonlyArray<string | null> {
    return this.#surroundings.calendars
  }

  get variables(): VariableTypes {
    return this.#surroundings.variables
  }

  evaluate(values: VariableValues): ConditionResult {
    return this.test(this.#surroundings.table.slots(values))
  }

  test(slots: Slots): ConditionResult {
    const value = evaluated(this.#first, this.#rest, slots, this.#fuel, this.#base)
    if (this.#expected === 'number')
      return typeof value === 'number' || value === null ? { state: 'value', value } : failed(value, 'number')
    if (value === true) return isTrue
    return value === false || value === null ? isFalse : failed(value, 'bool')
  }
}

function split(code: Code): { readonly first: Op; readonly rest: Op | null } {
  const { parts } = code
  const [first, second] = parts?.op === '&&' ? parts.ops : []
  if (parts === null || first === undefined || second === undefined) return { first: code.run, rest: null }
  return { first, rest: parts.ops.length === 2 ? second : junctionOp('&&', parts.ops.slice(1)) }
}

function evaluated(first: Op, rest: Op | null, slots: Slots, fuel: number, base: number): Value {
  const refused = slots.begin(fuel, base)
  if (refused !== null) return refused
  let value: Value
  try {
    value = first(slots)
    if (rest !== null && value !== false) {
      const other = rest(slots)
      // As `&&` does: false on either side decides, even when the other side fails.
      if (other === false || value === true) value = other
    }
  } catch (failure) {
    // Anything that is not a failure of ours (a stack that overflowed) must not stop the other rules either.
    value =
      failure instanceof OutOfBudget
        ? failure.failure
        : new Failure(errorText(failure), 'NX-CONDITION-FAILED')
  }
  slots.end()
  return value
}

function failed(value: Value, expected: Expected): ConditionResult {
  if (value instanceof Failure) return { state: 'error', code: value.code, message: value.message }
  const message = `It should yield a ${expected} and yielded ${JSON.stringify(toJson(value)).slice(0, 60)}`
  return { state: 'error', code: 'NX-CONDITION-DATA', message }
}

/** The same condition; `told` hears of every evaluation. */
export function watchedCondition(
  condition: Condition,
  told: (values: VariableValues, result: ConditionResult) => void,
): Condition {
  const { source, roots, reads, counts, calendars, variables } = condition
  const tell = (values: VariableValues, result: ConditionResult): ConditionResult => {
    told(values, result)
    return result
  }
  return {
    ...{ source, roots, reads, counts, calendars, variables },
    evaluate: (values) => tell(values, condition.evaluate(values)),
    test: (slots) => tell(slots.values, condition.test(slots)),
  }
}

/** Stands for a condition that does not compile: always yields why. */
export function brokenCondition(
  source: string,
  variables: VariableTypes,
  problem: ConditionProblem | undefined,
): Condition {
  const result: ConditionResult = {
    state: 'error',
    code: problem?.code ?? 'NX-CONDITION-SYNTAX',
    message: problem?.message ?? 'It does not compile',
  }
  const condition: Condition = {
    source,
    roots: new Set(),
    reads: [],
    counts: noCounts,
    calendars: noCalendars,
    variables,
    evaluate: () => result,
    test: () => result,
  }
  broken.add(condition)
  return condition
}

const broken = new WeakSet<Condition>()

/** Does it stand for one that does not compile? Then its text says nothing of what it yields. */
export function isBroken(condition: Condition): boolean {
  return broken.has(condition)
}
