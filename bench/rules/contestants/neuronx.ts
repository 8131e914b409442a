import { conditions } from '../../../src/sales-core/conditions/conditions.ts'
import type { CompiledCondition, Condition } from '../../../src/sales-core/conditions/condition-compiler.ts'
import type { Slots } from '../../../src/sales-core/conditions/slot-table.ts'
import { SlotTable } from '../../../src/sales-core/conditions/slot-table.ts'
import type { CompiledRule } from '../../../src/sales-core/rules/compiled-rule.ts'
import { takeClauses } from '../../../src/sales-core/rules/index/clauses/condition-clauses.ts'
import { RuleBlockStore } from '../../../src/sales-core/rules/index/rule-block-store.ts'
import { RuleIndex } from '../../../src/sales-core/rules/index/rule-index.ts'
import type { StructType } from '../../../src/sales-core/types/field-type.ts'
import { parseFields } from '../../../src/sales-core/types/parse-field-type.ts'
import type { RulesContestant, RulesReady } from '../contestant.ts'
import { inCel } from '../dialects.ts'
import type { RuleSpec, Sample } from '../workload.ts'

const event = typeOf({ id: 'string', type: 'string', ts: 'number', tenant: 'string', version: 'int' })
const lead = typeOf({
  id: 'string',
  email: 'string',
  name: 'string',
  phone: 'string',
  country: 'string?',
  city: 'string',
  language: 'string',
  source: 'string',
  utm: { source: 'string', medium: 'string', campaign: 'string', term: 'string', content: 'string' },
  budget: 'number?',
  tags: 'list<string>',
  company: { name: 'string', size: 'int', industry: 'string' },
  createdAt: 'timestamp',
  lastSeenAt: 'timestamp',
  engagement: { opens: 'int', clicks: 'int', replies: 'int', pageViews: 'int', sessions: 'int' },
  score: 'number',
  owner: 'string?',
  optedOut: 'bool',
})
export const variables = new Map([
  ['event', event],
  ['lead', lead],
])

/** More than any of the rules takes: an event's steps are bounded by them all. */
const stepsPerRule = 40

const isTrue = { state: 'value', value: true } as const

/** Every condition evaluated. */
export const neuronxLinear: RulesContestant = {
  load: async () => await Promise.resolve((specs) => evaluated(specs.map(compiled))),
}

/** The candidates that the index finds evaluated. */
export const neuronxIndexed: RulesContestant = {
  load: async () => await Promise.resolve((specs) => indexed(specs.map(compiledForIndex), specs)),
}

function evaluated(compiledRules: readonly Condition[]): RulesReady {
  const table = SlotTable.of(variables)
  const eventFuel = stepsPerRule * compiledRules.length
  return {
    match: (sample) => {
      const slots = table.slots({ ...sample }, eventFuel)
      const found: number[] = []
      for (let at = 0; at < compiledRules.length; at += 1) {
        const result = compiledRules[at]?.test(slots)
        if (result?.state === 'value' && result.value === true) found.push(at)
      }
      return found
    },
    first: firstOf(compiledRules),
  }
}

function indexed(compiledRules: readonly Condition[], specs: readonly RuleSpec[]): RulesReady {
  const table = SlotTable.of(variables)
  const places = new Map(specs.map(({ id }) => [`bench/${id}`, id]))
  const index = new RuleIndex(
    compiledRules.map((when, at) => ruleOf(when, specs[at]?.id ?? at)),
    new RuleBlockStore(),
  ).complete()
  return {
    match: (sample) => {
      const values = { ...sample }
      let slots: Slots | null = null
      const found: number[] = []
      const { rules: candidates, certain } = index.candidates(values)
      for (let at = 0; at < candidates.length; at += 1) {
        const { when, ref } = candidates[at] as CompiledRule
        const result = certain[at] === true ? isTrue : when?.test((slots ??= table.slots(values)))
        if (result?.state === 'value' && result.value === true) found.push(places.get(ref) ?? -1)
      }
      return found
    },
    first: firstOf(compiledRules),
  }
}

function firstOf([first]: readonly Condition[]): (sample: Sample) => boolean {
  return (sample) => {
    const result = first?.evaluate(sample as unknown as Record<string, unknown>)
    return result?.state === 'value' && result.value === true
  }
}

function compiled(spec: RuleSpec): Condition {
  return madeOf(spec).condition
}

/** As the rules of a document are compiled. */
function compiledForIndex(spec: RuleSpec): Condition {
  const { condition, tree } = madeOf(spec)
  takeClauses(condition, tree)
  return condition
}

function madeOf(spec: RuleSpec): Extract<CompiledCondition, { state: 'compiled' }> {
  const made = conditions.compile(inCel(spec), variables, 'bool')
  if (made.state === 'compiled') return made
  throw new Error(`The rule ${spec.id} does not compile: ${made.problems[0]?.message ?? ''}`)
}

function ruleOf(when: Condition, id: number): CompiledRule {
  return { ref: `bench/${id}`, when } as unknown as CompiledRule
}

function typeOf(fields: Parameters<typeof parseFields>[0]): StructType {
  return parseFields(fields).type
}
