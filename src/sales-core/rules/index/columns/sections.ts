import type { Value } from '../../../conditions/values/value.ts'
import type { ValueSet } from '../../../conditions/facts/value-set.ts'
import type { Clause, Demand } from '../clauses/demand.ts'
import type { Sieve } from './sieve.ts'

interface Section {
  /** Words of bits: from, and up to but not with. */
  readonly from: number
  readonly to: number
}

const empty: Section = { from: 0, to: 0 }

/**
 * The rules of a block put in another order, so that those that want the same text of one term lie side by side: for an event
 * with another text there, all their words are passed over at once.
 */
export class Sections {
  /** By place in the new order, the rule's place in the block. */
  readonly order: Uint32Array
  /** What the order goes by; null: nothing is worth it, and the order is the old one. */
  readonly demand: Demand | null
  /** The words up to this one hold rules that do not ask for one text of the term. */
  readonly #openTo: number
  readonly #byText = new Map<string, Section>()

  /** The clauses of each rule, those about one term made one. */
  constructor(rules: ReadonlyArray<readonly Clause[]>) {
    const lead = bestLead(rules)
    this.demand = lead?.demand ?? null
    const asking = new Set<number>()
    for (const positions of lead?.byText.values() ?? []) for (const at of positions) asking.add(at)
    const order = Array.from(rules.keys()).filter((at) => !asking.has(at))
    this.#openTo = (order.length + 31) >>> 5
    for (const [text, positions] of lead?.byText ?? []) {
      const from = order.length >>> 5
      for (const at of positions) order.push(at)
      // The words of the open rules are looked at anyway.
      this.#byText.set(text, { from: Math.max(from, this.#openTo), to: (order.length + 31) >>> 5 })
    }
    this.order = Uint32Array.from(order)
  }

  /** The rules that may hold for the term's value become the candidates. */
  reset(sieve: Sieve, value: Value): void {
    if (typeof value !== 'string') {
      sieve.reset()
      return
    }
    const { from, to } = this.#byText.get(value) ?? empty
    sieve.resetTo(this.#openTo, from, to)
  }
}

interface Lead {
  readonly demand: Demand
  readonly byText: ReadonlyMap<string, readonly number[]>
}

/** An order that leaves fewer rules than this to pass over, of all, is not worth it. */
const passedLeast = 1 / 4

function bestLead(rules: ReadonlyArray<readonly Clause[]>): Lead | null {
  const leads = new Map<string, { demand: Demand; byText: Map<string, number[]> }>()
  for (let position = 0; position < rules.length; position += 1) {
    for (const clause of rules[position] ?? []) {
      const demand = clause[0]
      if (demand?.ask !== 'equals' || clause.length > 1) continue
      const text = onlyText(demand.set)
      if (text === null) continue
      let lead = leads.get(demand.key)
      if (lead === undefined) {
        lead = { demand, byText: new Map<string, number[]>() }
        leads.set(demand.key, lead)
      }
      const positions = lead.byText.get(text)
      if (positions === undefined) lead.byText.set(text, [position])
      else positions.push(position)
    }
  }
  let [best, most]: [Lead | null, number] = [null, rules.length * passedLeast]
  for (const lead of leads.values()) {
    const passed = passedBy(lead)
    if (passed > most) [best, most] = [lead, passed]
  }
  return best
}

/** How many rules are passed over, about, for an event whose text is one of those asked for. */
function passedBy({ byText }: Lead): number {
  let [all, squares] = [0, 0]
  for (const { length } of byText.values()) {
    all += length
    squares += length * length
  }
  return all - squares / Math.max(1, all)
}

/** The one text that is all that the set holds; null: it holds more, or something else. */
function onlyText({ texts, numbers, hasNull, hasTrue, hasFalse, hasOthers }: ValueSet): string | null {
  if (texts.named === 'out' || texts.texts.size !== 1 || numbers.length > 0) return null
  if (hasNull || hasTrue || hasFalse || hasOthers) return null
  const [text = null] = texts.texts
  return text
}
