import { expect } from 'chai'
import { leadTypes, problemsIn, shapeProblem } from '../../support/sales/sales-config.ts'

const deal =
  'kind: EntityType\nname: deal\nfields: { stage: string }\n---\nkind: EventType\nname: deal.moved\nfolds: deal\nfields: { stage: string }\n---\n'

function problems(text: string, on = 'lead.created'): readonly string[] {
  return problemsIn(
    `${leadTypes}${deal}kind: RuleSet\nname: r\nrules:\n  - { id: a, on: ${on}, ${text}, then: [ { emit: { type: contact.unsubscribed } } ] }`,
  )
}

describe('once, throttle and unless_followed_by', () => {
  it('count by the entity or by paths of single values; anything else has a place and a hint', () => {
    expect(problems('once: { per: lead }')).to.deep.equal([])
    expect(problems('once: { per: [lead, event.country, lead.consent.sms] }')).to.deep.equal([])
    expect(problems('once: { per: deal }')).to.deep.equal([
      'rules[0].once.per: NX-RULE-PER The event is about a lead, not a deal',
    ])
    expect(problems('once: { per: [lead, event.cuntry] }')).to.deep.equal([
      "rules[0].once.per[1]: NX-RULE-PER event has no field 'cuntry'",
    ])
    expect(problems('throttle: { once_within: 5m, per: lead.tags }')).to.deep.equal([
      "rules[0].throttle.per: NX-RULE-PER 'lead.tags' is a list<string>: things are counted by single values",
    ])
    expect(problems('throttle: { once_within: 5m, per: led }')).to.deep.equal([
      "rules[0].throttle.per: NX-RULE-PER 'led' is neither the entity nor a path",
    ])
  })
  it('wait for one thing, about the same entity, with a condition that is checked', () => {
    expect(problems('unless_followed_by: { event: deal.moved, within: 3d }')).to.deep.equal([
      'rules[0].unless_followed_by.event: NX-RULE-ENTITIES deal.moved is about a deal: it never follows on the same lead',
    ])
    expect(
      problems(
        'unless_followed_by: { event: message.received, where: event.chanel == "sms", within: 3d }',
      )[0],
    ).to.contain('rules[0].unless_followed_by.where: NX-CONDITION')
    expect(
      problems('throttle: { once_after: 5m }, unless_followed_by: { event: message.received, within: 3d }'),
    ).to.deep.equal([
      'rules[0].throttle.once_after: NX-RULE-WAITS The rule waits twice: for a burst to end and for an event not to come',
    ])
  })
  it('have one window, and a count where one is needed', () => {
    const shape = (throttle: string): string | null =>
      shapeProblem(
        `kind: RuleSet\nname: r\nrules: [ { id: a, on: x.y, throttle: ${throttle}, then: [ { start: w } ] } ]`,
      )
    expect(shape('{ once_within: 5m, once_after: 5m }')).to.contain('exactly one of')
    expect(shape('{ accumulate_within: 5m }')).to.contain('count')
    expect(shape('{ once_within: 5m, count: 3 }')).to.contain('count')
    expect(shape('{ accumulate_within: 5m, count: 3 }')).to.equal(null)
    expect(shape('{ once_within: soon }')).to.contain('throttle.once_within')
  })
})
