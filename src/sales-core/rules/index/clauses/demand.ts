import { complement, intersection } from '../../../conditions/facts/value-set.ts'
import type { ValueSet } from '../../../conditions/facts/value-set.ts'
import type { Term } from './term.ts'

/**
 * How a term is asked, which decides when asking fails:
 *
 *   equals  never, once the term is read          size   unless it is a number or absent
 *   truth   unless it is a bool or absent         has, lacks  (one of a list's elements) unless all are of the list's type
 *   large   never: holds where so much data lies that what was evaluated before may run out of steps
 */
export type Ask = 'equals' | 'size' | 'truth' | 'has' | 'lacks' | 'large'

/** Holds when the term's value is in the set, or asking fails. */
export interface Demand {
  readonly term: Term
  readonly ask: Ask
  readonly set: ValueSet
  /** Demands are answered together when these agree. */
  readonly key: string
}

/** A part of a condition that is not false only when one of its demands holds. No demand at all: it is always false. */
export type Clause = readonly Demand[]

/** What must be so for a condition not to be false. */
export interface ConditionClauses {
  readonly clauses: readonly Clause[]
  /** They say everything: where one demand of each holds, and asking none of them fails, the condition is true. */
  readonly isExact: boolean
}

/** More alternatives than this cost more than they save. */
const demandsMax = 8

export function demandOf(term: Term, ask: Ask, set: ValueSet): Demand {
  return { term, ask, set, key: term.askKey(ask) }
}

/** The clause that holds when one of the two does; null when it cannot be written as one. */
export function eitherClause(a: Clause, b: Clause): Clause | null {
  const joined = [...a]
  for (const demand of b) {
    const at = joined.findIndex(({ key }) => key === demand.key)
    const other = joined[at]
    if (other === undefined) joined.push(demand)
    // An element that two sets lack is not one that either lacks.
    else if (demand.ask === 'lacks') return null
    else joined[at] = { ...demand, set: union(other.set, demand.set) }
  }
  return joined.length > demandsMax ? null : joined
}

function union(a: ValueSet, b: ValueSet): ValueSet {
  return a === b ? a : complement(intersection(complement(a), complement(b)))
}
