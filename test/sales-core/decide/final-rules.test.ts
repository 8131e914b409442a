import { expect } from 'chai'
import type { Decision } from '../../../src/sales-core/decide/decision.ts'
import { salesConfig } from '../../support/sales/sales-config.ts'
import { EntityUnderTest } from '../../support/sales/entity-under-test.ts'

function fired(decision: Decision): readonly string[] {
  return decision.trace.rules.filter(({ outcome }) => outcome === 'fired').map(({ rule }) => rule)
}

function rules(...lines: readonly string[]) {
  return salesConfig(`kind: RuleSet\nname: r\nrules:\n${lines.map((line) => `  - ${line}`).join('\n')}`)
}

describe('rules of a set', () => {
  it('stop at a final one, and at the first one where the set says so; rules of other sets go on', () => {
    const config = rules(
      '{ id: a, on: lead.created, rank: 900, when: lead.budget > 5, final: true, then: [ { add_tag: a } ] }',
      '{ id: b, on: lead.created, then: [ { add_tag: b } ] }',
    )
    const lead = new EntityUnderTest(config)
    expect(fired(lead.happen('lead.created', { budget: 1 }))).to.deep.equal(['RuleSet/r#b'])
    expect(fired(lead.happen('lead.created', { budget: 9 }))).to.deep.equal(['RuleSet/r#a'])
    const first = salesConfig(
      [
        'kind: RuleSet\nname: r\nmatch: first\nrules:',
        '  - { id: b, on: lead.created, then: [ { add_tag: b } ] }',
        '  - { id: a, on: lead.created, rank: 900, when: lead.budget > 5, then: [ { add_tag: a } ] }',
        '---\nkind: RuleSet\nname: s\nrules: [ { id: c, on: lead.created, then: [ { add_tag: c } ] } ]',
      ].join('\n'),
    )
    const rich = new EntityUnderTest(first)
    expect(fired(rich.happen('lead.created', { budget: 9 }))).to.deep.equal(['RuleSet/r#a', 'RuleSet/s#c'])
    expect(fired(rich.happen('lead.created', { budget: 1 }))).to.deep.equal(['RuleSet/r#b', 'RuleSet/s#c'])
  })
  it('of a cycle that is allowed fire up to the depth that it names', () => {
    const config = rules(
      '{ id: a, on: lead.created, allow_cycle: { max: 2, why: retries }, then: [ { emit: { type: lead.created } } ] }',
    )
    const at = (depth: number) => fired(new EntityUnderTest(config).happen('lead.created', {}, { depth }))
    expect(at(2)).to.deep.equal(['RuleSet/r#a'])
    expect(at(3)).to.deep.equal([])
  })
})
