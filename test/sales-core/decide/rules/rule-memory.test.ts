import { expect } from 'chai'
import fc from 'fast-check'
import { decide } from '../../../../src/sales-core/decide/decide.ts'
import { newEntity } from '../../../../src/sales-core/decide/entity-state.ts'
import { someLoggedEvent } from '../../../support/events.ts'
import { noon } from '../../../support/sales/entity-under-test.ts'
import { hourMs, minuteMs, ruleConfig, RuleWorld } from '../../../support/sales/rule-world.ts'

const message = (channel: string, text = 'hi') => ({ direction: 'inbound', channel, text })

describe('rules that remember', () => {
  it('fire once for an entity, and again when the time is over', () => {
    const config = ruleConfig([
      '{ id: a, on: message.received, once: { per: lead, within: 24h }, then: [ { add_tag: a } ] }',
      '{ id: b, on: message.received, once: {}, then: [ { add_tag: b } ] }',
    ])
    const lead = new RuleWorld(config)
    expect(lead.happen('message.received', message('sms'))).to.deep.equal(['a', 'b'])
    lead.pass(24 * hourMs - 1)
    expect(lead.happen('message.received', message('sms'))).to.deep.equal([])
    expect(lead.notes.join()).to.contain('RuleSet/r#a did not fire: it fired before')
    lead.pass(1)
    expect(lead.happen('message.received', message('sms'))).to.deep.equal(['a'])
    expect(lead.happen('message.received', message('sms'), { kind: 'lead', id: '43' })).to.deep.equal([
      'a',
      'b',
    ])
  })
  it('fire once for each value that they count by; absent and null are one value', () => {
    const lead = new RuleWorld(
      ruleConfig([
        '{ id: a, on: message.received, once: { per: [lead, event.channel] }, then: [ { add_tag: a } ] }',
      ]),
    )
    const fired = [
      message('sms'),
      message('email'),
      message('sms'),
      { direction: 'x' },
      { channel: null },
    ].map((data) => lead.happen('message.received', data).length)
    expect(fired).to.deep.equal([1, 1, 0, 1, 0])
  })
  it('that failed have not fired', () => {
    const lead = new RuleWorld(
      ruleConfig([
        '{ id: a, on: message.received, once: { per: lead }, then: [ { emit: { type: lead.created, data: { budget: "{{ event.text | append: event.channel }}" } } } ] }',
      ]),
    )
    expect(lead.happen('message.received', message('sms', 'much'))).to.deep.equal([])
    expect(lead.happen('message.received', message('sms', '12'))).to.deep.equal([])
    expect(lead.last.trace.rules.map(({ outcome }) => outcome)).to.deep.equal(['failed'])
    expect(lead.last.entity.marks).to.deep.equal({})
  })
  it('leave the event to the rules behind them while they are held, even as the last of their set', () => {
    const lead = new RuleWorld(
      ruleConfig(
        [
          '{ id: a, on: message.received, rank: 900, once: { per: lead }, then: [ { add_tag: a } ] }',
          '{ id: b, on: message.received, then: [ { add_tag: b } ] }',
        ],
        'match: first\n',
      ),
    )
    expect(lead.happen('message.received', message('sms'))).to.deep.equal(['a'])
    expect(lead.happen('message.received', message('sms'))).to.deep.equal(['b'])
  })
  it('fire once within a window, and after so many in a window', () => {
    const lead = new RuleWorld(
      ruleConfig([
        '{ id: a, on: message.received, throttle: { once_within: 10m }, then: [ { add_tag: a } ] }',
        '{ id: b, on: message.received, throttle: { accumulate_within: 10m, count: 3 }, then: [ { add_tag: b } ] }',
      ]),
    )
    const minutes = [0, 4, 9, 1, 20, 1, 1]
    const fired = minutes.map((minute) => {
      lead.pass(minute * minuteMs)
      return lead.happen('message.received', message('sms')).join()
    })
    // At 0, 4, 13, 14, 34, 35, 36: three in ten minutes first with the last.
    expect(fired).to.deep.equal(['a', '', 'a', '', 'a', '', 'b'])
  })
  it('fire once after a burst, for its last event, on the entity as it is then', () => {
    const lead = new RuleWorld(
      ruleConfig([
        '{ id: a, on: message.received, throttle: { once_after: 10m }, then: [ { set: { lead.temperature: "{{ event.text }} {{ lead.name }}" } } ] }',
      ]),
    )
    lead.happen('message.received', message('sms', 'one'))
    lead.pass(9 * minuteMs)
    expect(lead.happen('message.received', message('sms', 'two'))).to.deep.equal([])
    lead.happen('lead.created', { name: 'Ada' })
    expect(lead.pass(minuteMs)).to.deep.equal(['a'])
    expect(lead.fields['temperature']).to.equal('two Ada')
    expect(lead.pass(24 * hourMs)).to.deep.equal([])
    expect(lead.last.entity.marks).to.deep.equal({})
  })

  it('decide the same on the same memory, however often an event is decided', () => {
    const config = ruleConfig([
      '{ id: a, on: message.received, once: { per: event.channel, within: 1h }, then: [ { emit: { type: contact.unsubscribed } } ] }',
      '{ id: b, on: message.received, throttle: { accumulate_within: 1h, count: 2 }, then: [ { send: { channel: sms, text: x } } ] }',
      '{ id: c, on: message.received, unless_followed_by: { event: contact.unsubscribed, within: 2h }, then: [ { send: { channel: sms, text: y } } ] }',
    ])
    const batch = fc.array(fc.constantFrom('sms', 'email', 'web'), { minLength: 1, maxLength: 12 })
    fc.assert(
      fc.property(batch, fc.array(fc.nat(11)), (channels, again) => {
        const events = channels.map((channel, index) =>
          someLoggedEvent({
            type: 'message.received',
            data: message(channel),
            externalId: `e${index}`,
            entitySeq: index + 1,
          }),
        )
        let state = {
          entity: newEntity('default', { kind: 'lead', id: '42' }),
          instances: [],
          definitions: new Map(),
        }
        const effects: string[] = []
        for (const [index, event] of events.entries()) {
          const decision = decide(event, state, config, noon)
          // A redelivery before the commit: decided again from the same rows.
          if (again.includes(index)) expect(decide(event, state, config, noon)).to.deep.equal(decision)
          effects.push(...decision.commands.map(({ id }) => id), ...decision.emitted.map(({ id }) => id))
          state = { ...state, entity: decision.entity }
        }
        expect(new Set(effects).size).to.equal(effects.length)
        const once = new Set(channels).size
        const second = Math.floor(channels.length / 2)
        expect(effects).to.have.length(once + second)
      }),
    )
  })
})
