import { parseCel } from '../syntax/parse-cel.ts'
import { conditionCost } from './condition-cost.ts'
import { areDisjoint, situationsOf } from './situations.ts'
import type { Clash, Situation } from './situations.ts'

/** What can be proved of a condition without any data. */
export interface ConditionFacts {
  readonly source: string
  /** The steps that it may take, estimated. */
  readonly cost: number
  /** Every situation in which it is true is listed. */
  readonly whenTrue: readonly Situation[]
  /** Every situation in which it is false is listed. */
  readonly whenFalse: readonly Situation[]
  /** Why conjunctions cannot hold, in the order they were met. */
  readonly clashes: readonly Clash[]
}

/** The facts of a condition; null when its syntax is wrong, which is reported elsewhere. */
export function conditionFacts(source: string): ConditionFacts | null {
  const parsed = parseCel(source)
  if ('problems' in parsed) return null
  const clashes: Clash[] = []
  return {
    source,
    cost: conditionCost(parsed.ast),
    whenTrue: situationsOf(parsed.ast, true, clashes),
    whenFalse: situationsOf(parsed.ast, false),
    clashes,
  }
}

/** Is it true for no data whatever? */
export function isDead({ whenTrue }: ConditionFacts): boolean {
  return whenTrue.length === 0
}

/** Is it false for no data whatever? (It may still fail on data of another type than declared.) */
export function isAlwaysTrue({ whenFalse }: ConditionFacts): boolean {
  return whenFalse.length === 0
}

/** Are the two never true of the same data? null stands for no condition: always true. */
export function neverTogether(a: ConditionFacts | null, b: ConditionFacts | null): boolean {
  if (a === null || b === null) return (a ?? b) !== null && isDead((a ?? b) as ConditionFacts)
  return areDisjoint(a.whenTrue, b.whenTrue)
}

/** Is `b` never false when `a` is true? null stands for no condition: always true. */
export function implies(a: ConditionFacts | null, b: ConditionFacts | null): boolean {
  if (b === null) return true
  if (a === null) return isAlwaysTrue(b)
  return areDisjoint(a.whenTrue, b.whenFalse)
}
