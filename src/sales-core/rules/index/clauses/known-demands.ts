import { complement, setOf } from '../../../conditions/facts/value-set.ts'
import type { ConstantValue } from '../../../conditions/facts/value-set.ts'
import type { Ask, Demand } from './demand.ts'
import { demandOf } from './demand.ts'
import type { Term } from './term.ts'

/** Demands kept for one term and one way to ask: stages and countries are few, names are not worth keeping. */
const keptMax = 1_000

/** Demands for one constant: thousands of rules ask for the same few, and until they are indexed each holds what it asks for. */
export class KnownDemands {
  readonly #byKey = new Map<string, Map<ConstantValue, Demand>>()

  /** The value is the constant; `isTurned`: is anything else. */
  of(term: Term, ask: Ask, constant: ConstantValue, isTurned: boolean): Demand {
    const key = isTurned ? term.askKey(`not ${ask}`) : term.askKey(ask)
    let kept = this.#byKey.get(key)
    if (kept === undefined) {
      kept = new Map()
      this.#byKey.set(key, kept)
    }
    const known = kept.get(constant)
    if (known !== undefined) return known
    const set = setOf([constant])
    const demand = demandOf(term, ask, isTurned ? complement(set) : set)
    if (kept.size < keptMax) kept.set(constant, demand)
    return demand
  }
}
