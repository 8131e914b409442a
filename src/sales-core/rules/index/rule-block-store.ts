import { digestOfParts } from '../../../kernel/digest.ts'
import type { CompiledRule } from '../compiled-rule.ts'
import { conditionClauses } from './clauses/condition-clauses.ts'
import type { ConditionClauses } from './clauses/demand.ts'
import { RuleBlock } from './rule-block.ts'
import { typesKey } from './clauses/types-key.ts'

/** A rule without a condition always holds. */
const always: ConditionClauses = { clauses: [], isExact: true }

/** Entries before the ones whose block is gone are swept out; doubles with what is in use. */
const sweptFrom = 64

/**
 * The blocks that indexes are made of, by content: an index over rules of which one was changed is made of the blocks that the last
 * one had, but for one. A block lives as long as an index uses it.
 */
export class RuleBlockStore {
  readonly #blocks = new Map<string, WeakRef<RuleBlock>>()
  #sweepAt = sweptFrom

  /** The index over these rules, made when nothing uses one yet. */
  blockOf(rules: readonly CompiledRule[]): RuleBlock {
    const key = contentKey(rules)
    const known = this.#blocks.get(key)?.deref()
    if (known !== undefined) return known
    const block = new RuleBlock(rules.map(({ when }) => (when === null ? always : conditionClauses(when))))
    this.#blocks.set(key, new WeakRef(block))
    this.#sweep()
    return block
  }

  #sweep(): void {
    if (this.#blocks.size < this.#sweepAt) return
    for (const [key, block] of this.#blocks) if (block.deref() === undefined) this.#blocks.delete(key)
    this.#sweepAt = Math.max(sweptFrom, 2 * this.#blocks.size)
  }
}

/** The same for conditions of the same texts over the same types. The types are said where they change, which is hardly ever. */
function contentKey(rules: readonly CompiledRule[]): string {
  const parts: string[] = []
  let changes = ''
  let last: string | null = null
  rules.forEach(({ when }, at) => {
    const types = when === null ? '' : typesKey(when.variables)
    if (types !== last) changes += `${at}:${types} `
    last = types
    parts.push(when?.source ?? '')
  })
  return digestOfParts([changes, ...parts])
}
