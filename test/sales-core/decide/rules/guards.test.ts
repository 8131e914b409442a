import { expect } from 'chai'
import { EntityUnderTest } from '../../../support/sales/entity-under-test.ts'
import { ruleConfig, RuleWorld } from '../../../support/sales/rule-world.ts'
import { problemsIn, leadTypes } from '../../../support/sales/sales-config.ts'

const guard = (line: string): string => `kind: RuleSet\nname: g\nphase: guard\nrules:\n  - ${line}\n---\n`
const score =
  'kind: LeadScore\nname: fit\nwrites: lead.score\nfactors:\n  - { id: said, on: message.received, points: 10 }\n---\n'
const rules = [
  '{ id: a, on: message.received, then: [ { add_tag: a }, { send: { channel: sms, text: x } }, { call: crm.note }, { notify: { channel: slack, text: y } } ] }',
]
const inbound = { direction: 'inbound', text: 'hi' }

describe('guards', () => {
  it('drop an event: it is folded, and nothing else follows', () => {
    const drop = guard(
      '{ id: spam, on: lead.created, when: event.source == "spam", then: [ { drop: { reason: spam } } ] }',
    )
    const config = ruleConfig(['{ id: a, on: lead.created, then: [ { add_tag: a } ] }'], '', drop)
    const lead = new EntityUnderTest(config)
    const decision = lead.happen('lead.created', { name: 'Ada', source: 'spam' })
    expect(decision.entity.fields).to.deep.equal({ name: 'Ada' })
    expect(decision.trace.rules).to.deep.equal([
      { rule: 'RuleSet/g#spam', outcome: 'fired', actions: ['drop: spam'] },
    ])
    expect(decision.trace.notes).to.deep.equal(['Nothing follows from the event: RuleSet/g#spam: spam'])
    expect(lead.happen('lead.created', { source: 'web' }).entity.fields['tags']).to.deep.equal(['a'])
  })
  it('come before scores: a dropped event gives no points', () => {
    const drop = guard(
      '{ id: s, on: message.received, when: lead.score == 0, then: [ { drop: { reason: s } } ] }',
    )
    const lead = new EntityUnderTest(ruleConfig(rules, '', drop + score))
    lead.happen('message.received', inbound)
    expect(lead.entity.scores).to.deep.equal({})
    expect(lead.entity.fields).to.deep.equal({})
  })
  it('block the sends of an event, and nothing else', () => {
    const block = guard('{ id: b, on: message.received, then: [ { block_sends: { reason: legal } } ] }')
    const lead = new EntityUnderTest(ruleConfig(rules, '', block))
    const { commands, entity, trace } = lead.happen('message.received', inbound)
    expect(commands.map(({ operation, integration }) => `${integration}.${operation}`)).to.deep.equal([
      'crm.note',
      'messenger.slack.send',
    ])
    expect(entity.fields['tags']).to.deep.equal(['a'])
    expect(trace.notes).to.deep.equal(['RuleSet/r#a did not send sms: RuleSet/g#b: legal'])
  })
  it('that fail let no send through, and are told as failed', () => {
    const broken = guard(
      '{ id: b, on: message.received, when: timestamp(event.text) > now, then: [ { drop: { reason: x } } ] }',
    )
    const lead = new EntityUnderTest(ruleConfig(rules, '', broken))
    const { commands, trace } = lead.happen('message.received', inbound)
    expect(commands.map(({ operation }) => operation)).to.deep.equal(['note', 'slack.send'])
    expect(trace.rules.map(({ rule, outcome }) => `${rule} ${outcome}`)).to.deep.equal([
      'RuleSet/g#b failed',
      'RuleSet/r#a fired',
    ])
  })
  it('hold for what a rule does later about the event', () => {
    const block = guard('{ id: b, on: message.received, then: [ { block_sends: { reason: legal } } ] }')
    const later =
      '{ id: a, on: message.received, throttle: { once_after: 1h }, then: [ { send: { channel: sms, text: x } }, { add_tag: a } ] }'
    const lead = new RuleWorld(ruleConfig([later], '', block))
    lead.happen('message.received', inbound)
    expect(lead.pass(3_600_000)).to.deep.equal(['a'])
    expect(lead.last.commands).to.deep.equal([])
    expect(lead.fields['tags']).to.deep.equal(['a'])
  })
  it('only judge, and only they do: anything else is a finding with its place', () => {
    const problems = problemsIn(
      [
        `${leadTypes}kind: RuleSet`,
        'name: g',
        'phase: guard',
        'rules:',
        '  - { id: a, on: lead.created, once: { per: lead }, then: [ { add_tag: x }, { drop: { reason: y } } ] }',
        '---',
        'kind: RuleSet',
        'name: r',
        'rules: [ { id: b, on: lead.created, then: [ { drop: { reason: y } } ] } ]',
      ].join('\n'),
    )
    expect(problems.map((problem) => problem.split(' ', 2).join(' '))).to.deep.equal([
      'rules[0].then[0].add_tag: NX-RULE-PHASE',
      'rules[0].once: NX-RULE-PHASE',
      'rules[0].then[0].drop: NX-RULE-PHASE',
    ])
  })
})
