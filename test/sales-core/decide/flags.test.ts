import { expect } from 'chai'
import { flagBucket } from '../../../src/control-plane/flags/flag-value.ts'
import { explainScore } from '../../../src/sales-core/scoring/explain-score.ts'
import { EntityUnderTest, noon } from '../../support/sales/entity-under-test.ts'
import { problemsIn, salesConfig, leadTypes } from '../../support/sales/sales-config.ts'

const rule = (when: string, flags: string) => `
kind: FeatureFlags
name: flags
flags: { ${flags} }
---
kind: RuleSet
name: r
rules:
  - id: greet
    on: lead.created
    when: ${when}
    then: [ { send: { channel: sms, text: "{% if flags.on %}on{% else %}off{% endif %}" } } ]
`

function texts(yaml: string, id = '1', workspace = 'default'): readonly unknown[] {
  const lead = new EntityUnderTest(salesConfig(yaml), {}, { kind: 'lead', id })
  const decision = lead.happen('lead.created', { name: 'Ada', tags: [] }, { workspace })
  return decision.commands.map(({ input }) => input['text'])
}

describe('feature flags in decide', () => {
  it('are read by conditions and texts', () => {
    expect(texts(rule('flags.on', 'on: { default: true }'))).to.deep.equal(['on'])
    expect(texts(rule("'!flags.on'", 'on: { default: false }'))).to.deep.equal(['off'])
    expect(texts(rule('flags.on', 'on: { default: false, on_for: { tenants: [acme] } }'))).to.deep.equal([
      'on',
    ])
  })

  it('are asked for the workspace and the entity of the event', () => {
    const eu = rule('flags.on', 'on: { default: false, on_for: { workspaces: [eu] } }')
    expect(texts(eu, '1', 'eu')).to.deep.equal(['on'])
    expect(texts(eu, '1', 'default')).to.deep.equal([])
    const one = rule('flags.on', 'on: { default: false, on_for: { entities: [lead/7] } }')
    expect(texts(one, '7')).to.deep.equal(['on'])
    expect(texts(one, '8')).to.deep.equal([])
  })

  it('are on for the units whose bucket lies below the percentage, event after event', () => {
    const config = salesConfig(rule('flags.on', 'on: { default: false, percentage: 30 }'))
    for (let id = 0; id < 200; id += 1) {
      const lead = new EntityUnderTest(config, {}, { kind: 'lead', id: String(id) })
      const expected = flagBucket('on', 'acme', 'default', `lead/${id}`) < 3_000 ? 1 : 0
      for (let time = 0; time < 2; time += 1)
        expect(lead.happen('lead.created', { name: 'Ada', tags: [] }).commands).to.have.length(expected)
    }
  })

  it('that nobody declares are an error that knows a near name', () => {
    const set = (when: string) =>
      problemsIn(
        `${leadTypes}kind: FeatureFlags\nname: f\nflags: { new_scoring: { default: false } }\n---\nkind: RuleSet\nname: r\nrules: [ { id: a, on: lead.created, when: ${when}, then: [ { add_tag: x } ] } ]`,
      )
    expect(set('flags.new_scoring')).to.deep.equal([])
    expect(set('flags.new_scorin')).to.deep.equal([
      "rules[0].when: NX-CONDITION-UNKNOWN flags has no field 'new_scorin'",
    ])
    expect(set('flags.new_scoring == "yes"')).to.have.length(1)
  })

  it('count for scores and their explanation alike', () => {
    const config = salesConfig(`
kind: FeatureFlags
name: f
flags: { new_scoring: { default: false, on_for: { entities: [lead/42] } } }
---
kind: LeadScore
name: fit
writes: lead.score
factors: [ { id: new, when: flags.new_scoring, points: 10 } ]
`)
    const lead = new EntityUnderTest(config)
    lead.happen('lead.created', { name: 'Ada', tags: [] })
    expect(lead.entity.fields['score']).to.equal(10)
    expect(explainScore(lead.entity, config, noon)[0]).to.include({ points: 10 })
  })
})

describe('timeouts.evaluation_fuel', () => {
  const busy = (fuel: string) => `
kind: Limits
name: a
${fuel}
---
kind: RuleSet
name: r
rules:
  - id: busy
    on: lead.created
    when: lead.tags.all(a, lead.tags.all(b, a == b || a != b))
    then: [ { set: { lead.temperature: hot } } ]
`
  const outcome = (yaml: string) => {
    const tags = Array.from({ length: 40 }, (_, tag) => `t${tag}`)
    const lead = new EntityUnderTest(salesConfig(yaml))
    return lead.happen('lead.created', { name: 'Ada', tags }).trace.rules.map((entry) => entry.outcome)
  }

  it('ends a condition that a longer one would let through', () => {
    expect(outcome(busy(''))).to.deep.equal(['fired'])
    expect(outcome(busy('timeouts: { evaluation_fuel: 1000 }'))).to.deep.equal(['failed'])
  })
})
