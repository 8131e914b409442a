import type { VariableValues } from '../../conditions/condition-compiler.ts'
import type { CompiledRule } from '../compiled-rule.ts'
import type { Candidates } from './candidates.ts'
import { uncertain } from './candidates.ts'
import type { RuleBlockStore } from './rule-block-store.ts'
import { RuleIndex } from './rule-index.ts'

/** Fewer rules than this are evaluated faster than looked up: measured with `npm run bench -- rules`. */
export const indexedFrom = 16

/** The rules that may hold for an event. Looks up where there are many; makes an index when the first event of a type comes. */
export class CandidateFinder {
  readonly #rulesFor: (eventType: string) => readonly CompiledRule[]
  readonly #blocks: RuleBlockStore
  readonly #indexes = new Map<string, RuleIndex>()

  /** `rulesFor` must always give the same rules for a type, in their order. */
  constructor(rulesFor: (eventType: string) => readonly CompiledRule[], blocks: RuleBlockStore) {
    this.#rulesFor = rulesFor
    this.#blocks = blocks
  }

  /** In the order of `rulesFor`; those left out yield false for the values, without an error. */
  candidatesFor(eventType: string, values: VariableValues): Candidates {
    const rules = this.#rulesFor(eventType)
    if (rules.length < indexedFrom) return uncertain(rules)
    let index = this.#indexes.get(eventType)
    if (index === undefined) {
      index = new RuleIndex(rules, this.#blocks)
      this.#indexes.set(eventType, index)
    }
    return index.candidates(values)
  }
}
