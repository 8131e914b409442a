import { expect } from 'chai'
import fc from 'fast-check'
import { ruleWaitsMax } from '../../../../src/sales-core/decide/rule-wait.ts'
import { EntityUnderTest, noon } from '../../../support/sales/entity-under-test.ts'
import { hourMs, minuteMs, ruleConfig, RuleWorld } from '../../../support/sales/rule-world.ts'

const waits =
  '{ id: a, on: lead.created, unless_followed_by: { event: message.received, where: event.direction == "inbound", within: 3h }, then: [ { set: { lead.temperature: "cold {{ event.source }}" } }, { emit: { type: contact.unsubscribed } } ] }'
const reply = { direction: 'inbound', text: 'hi' }

describe('unless_followed_by', () => {
  it('fires when nothing came, for the event that it waited after', () => {
    const lead = new RuleWorld(ruleConfig([waits]))
    expect(lead.happen('lead.created', { source: 'web' })).to.deep.equal([])
    lead.pass(3 * hourMs - 1)
    expect(lead.fields['temperature']).to.equal(undefined)
    expect(lead.pass(1)).to.deep.equal(['a'])
    expect(lead.fields['temperature']).to.equal('cold web')
    expect(lead.pass(1_000 * hourMs)).to.deep.equal([])
    expect(lead.last.entity.marks).to.have.all.keys('effects')
  })
  it('does not fire when the event came, and one that does not fit is none', () => {
    const lead = new RuleWorld(ruleConfig([waits]))
    lead.happen('lead.created')
    lead.happen('message.received', { direction: 'outbound', text: 'hello?' })
    lead.happen('message.received', reply, { kind: 'lead', id: 'other' })
    lead.pass(hourMs)
    lead.happen('message.received', reply)
    expect(lead.notes.join()).to.contain('r/a no longer waits: message.received came')
    expect(lead.pass(24 * hourMs)).to.deep.equal([])
  })
  it('is about the rule as it is when the wait is over: one that is gone does not fire', () => {
    const lead = new EntityUnderTest(ruleConfig([waits]))
    lead.happen('lead.created')
    const [wait] = lead.waits
    const other = new EntityUnderTest(ruleConfig(['{ id: b, on: lead.created, then: [ { add_tag: b } ] }']))
    other.entity = lead.entity
    other.waits = lead.waits
    const decision = other.happen('timer.due', { wait: wait!.id }, { origin: 'timer', entitySeq: 2 })
    expect(decision.trace.rules).to.deep.equal([])
    expect(decision.trace.notes.join()).to.contain('r/a did not fire: it is gone')
    expect(decision.waits).to.deep.equal([{ change: 'close', id: wait!.id }])
    expect(decision.entity.marks).to.deep.equal({})
  })
  it('fires once: a timer that comes again finds nothing', () => {
    const lead = new EntityUnderTest(ruleConfig([waits]))
    lead.happen('lead.created')
    const [wait] = lead.waits
    const due = () => lead.happen('timer.due', { wait: wait!.id }, { origin: 'timer' })
    expect(due().emitted).to.have.length(1)
    const again = due()
    expect(again.emitted).to.deep.equal([])
    expect(again.trace.notes.join()).to.contain('over already')
  })
  it('keeps a wait whose rule failed, and a replay of the rule fires it', () => {
    const lines = [
      '{ id: a, on: lead.created, unless_followed_by: { event: message.received, within: 3h }, then: [ { emit: { type: lead.created, data: { budget: "{{ lead.name | append: event.source }}" } } } ] }',
    ]
    const lead = new EntityUnderTest(ruleConfig(lines))
    lead.happen('lead.created', { name: 'much', source: 'web' })
    const [wait] = lead.waits
    const timer = { origin: 'timer' as const }
    expect(lead.happen('timer.due', { wait: wait!.id }, timer).trace.rules[0]?.outcome).to.equal('failed')
    expect(lead.waits.map(({ failed }) => failed)).to.deep.equal([true])
    lead.happen('message.received', reply)
    const then = 'then: [ { add_tag: late } ] }'
    const mended = new EntityUnderTest(ruleConfig([lines[0]!.replace(/then: .*/, then)]))
    mended.entity = lead.entity
    mended.waits = lead.waits
    mended.happen('timer.due', { wait: wait!.id }, { ...timer, only: 'r/a' })
    expect(mended.entity.fields['tags']).to.deep.equal(['late'])
    expect(mended.waits).to.deep.equal([])
  })
  it('is for so many things at once: one more fails the rule, and says so', () => {
    const lead = new EntityUnderTest(ruleConfig([waits]))
    for (let n = 0; n < ruleWaitsMax; n += 1) lead.happen('lead.created')
    expect(lead.waits).to.have.length(ruleWaitsMax)
    const decision = lead.happen('lead.created')
    expect(decision.trace.rules).to.deep.include({
      rule: 'RuleSet/r#a',
      outcome: 'failed',
      code: 'NX-RULE-WAITS-LIMIT',
      error: `The rules of an entity wait for ${ruleWaitsMax} things at once at most`,
    })
  })
  it('is for as many things at once as Limits says', () => {
    const limits = 'kind: Limits\nname: own\nconcurrency: { waits_per_entity: 2 }\n---\n'
    const lead = new EntityUnderTest(ruleConfig([waits], '', limits))
    for (let n = 0; n < 3; n += 1) lead.happen('lead.created')
    expect(lead.waits).to.have.length(2)
  })
  it('counts what came late by when it was accepted or happened', () => {
    const at = (minute: number): string => new Date(noon.getTime() + minute * minuteMs).toISOString()
    const ended = (time: number, accepted: number): boolean => {
      const lead = new EntityUnderTest(ruleConfig([waits]))
      lead.happen('lead.created', {}, { time: at(0), acceptedAt: at(0) })
      lead.happen('message.received', reply, { time: at(time), acceptedAt: at(accepted) })
      return lead.waits.length === 0
    }
    expect([ended(170, 400), ended(400, 170), ended(180, 200), ended(181, 200)]).to.deep.equal([
      true,
      true,
      true,
      false,
    ])
  })

  const happening = fc.record({ minute: fc.integer({ min: 1, max: 200 }), isReply: fc.boolean() })
  it('agrees with an oracle that knows all that will come', () => {
    const config = ruleConfig([waits])
    fc.assert(
      fc.property(fc.array(happening, { maxLength: 10 }), (happenings) => {
        const lead = new RuleWorld(config)
        let now = 0
        const times = happenings.map(({ minute, isReply }) => {
          now += minute
          return { at: now, isReply }
        })
        for (const { at, isReply } of times) {
          lead.world.advanceTo(noon.getTime() + at * minuteMs)
          if (isReply) lead.happen('message.received', reply)
          else lead.happen('lead.created')
        }
        lead.pass(24 * hourMs)
        // What falls due at the instant of the reply fires first: the clock comes before what happens at it.
        const unanswered = times.filter(
          ({ isReply, at }, index) =>
            !isReply && !times.slice(index + 1).some((one) => one.isReply && one.at < at + 180),
        )
        const fired = lead.world.happened.flatMap(({ decision }) => decision.emitted)
        expect(fired).to.have.length(unanswered.length)
      }),
    )
  })
})
