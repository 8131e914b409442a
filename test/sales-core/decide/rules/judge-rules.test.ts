import { expect } from 'chai'
import type { LoggedEvent } from '../../../../src/messaging/events/event.ts'
import { watchedCondition } from '../../../../src/sales-core/conditions/cel-condition-compiler.ts'
import type {
  Condition,
  ConditionResult,
  VariableTypes,
} from '../../../../src/sales-core/conditions/condition-compiler.ts'
import { conditions } from '../../../../src/sales-core/conditions/conditions.ts'
import { Readings } from '../../../../src/sales-core/conditions/readings.ts'
import { judge } from '../../../../src/sales-core/decide/rules/judge-rules.ts'
import type { CompiledRule } from '../../../../src/sales-core/rules/compiled-rule.ts'
import { uncertain } from '../../../../src/sales-core/rules/index/candidates.ts'
import { parseFields } from '../../../../src/sales-core/types/parse-field-type.ts'

const lead = parseFields({ name: 'string', budget: 'number', tags: 'list<string>' }).type
const variables: VariableTypes = new Map([['lead', lead]])
const others: VariableTypes = new Map([['lead', parseFields({ name: 'string', budget: 'string' }).type]])
const event = { depth: 0, subject: { kind: 'lead', id: '1' } } as unknown as LoggedEvent

function compiled(text: string, types = variables): Condition {
  const made = conditions.compile(text, types, 'bool')
  if (made.state === 'compiled') return made.condition
  throw new Error(made.problems[0]?.message)
}

function ruleOf(when: Condition | null, at: number): CompiledRule {
  const [document, cause] = [`set${at}`, `RuleSet/set${at}#r`]
  return {
    ...{ document, cause, when, entityKind: null, depthMax: null, final: false },
  } as unknown as CompiledRule
}

describe('judge', () => {
  it('reads each field once, however many rules there are', () => {
    let reads = 0
    const values = {
      get lead() {
        reads += 1
        return { name: 'Ada', budget: 5, tags: [] }
      },
    }
    const rules = ['lead.name == "Ada"', 'lead.budget > 1', 'lead.name != ""'].map((text, at) =>
      ruleOf(compiled(text), at),
    )
    expect(judge(uncertain(rules), event, new Readings(values)).matched).to.deep.equal(rules)
    expect(reads).to.equal(1)
  })
  it('judges each rule by the types that it was compiled against', () => {
    const rules = [
      ruleOf(compiled('lead.budget > 1'), 0),
      ruleOf(compiled('lead.budget == "5"', others), 1),
      ruleOf(compiled('lead.budget < 9'), 2),
    ]
    const { matched, failed } = judge(uncertain(rules), event, new Readings({ lead: { budget: 5 } }))
    expect(matched.map(({ cause }) => cause)).to.deep.equal(['RuleSet/set0#r', 'RuleSet/set2#r'])
    expect(failed.map(({ rule }) => rule)).to.deep.equal(['RuleSet/set1#r'])
  })
  it('tells the failures that evaluating each rule alone yields, and no others', () => {
    const texts = ['lead.budget > 1', 'lead.name == "Ada"', '"x" in lead.tags', 'lead.tags.all(t, t > "a")']
    const values = { lead: { name: 'Ada', budget: 'much', tags: ['b', 7] } }
    const rules = texts.map((text, at) => ruleOf(compiled(text), at))
    const { matched, failed } = judge(uncertain(rules), event, new Readings(values))
    const alone = rules.map(({ cause, when }) => ({ rule: cause, result: when?.evaluate(values) }))
    expect(failed).to.have.length(2)
    expect(failed).to.deep.equal(
      alone.flatMap(({ rule, result }) =>
        result?.state === 'error'
          ? [{ rule, outcome: 'failed', code: result.code, error: result.message }]
          : [],
      ),
    )
    expect(matched.map(({ cause }) => cause)).to.deep.equal(['RuleSet/set1#r'])
  })
  it('evaluates no rule that holds for certain, and tells a watcher of every other', () => {
    const told: Array<[string, ConditionResult, unknown]> = []
    const values = { lead: { name: 'Ada' } }
    const rules = ['lead.name == "Ada"', 'lead.name == "Bob"', 'lead.name == "Ada"'].map((text, at) => {
      const watched = watchedCondition(compiled(text), (seen, result) => told.push([text, result, seen]))
      return ruleOf(watched, at)
    })
    const { matched } = judge({ rules, certain: [true, false] }, event, new Readings(values))
    expect(matched).to.deep.equal([rules[0], rules[2]])
    expect(told).to.deep.equal([
      ['lead.name == "Bob"', { state: 'value', value: false }, values],
      ['lead.name == "Ada"', { state: 'value', value: true }, values],
    ])
  })
})
