import { expect } from 'chai'
import fc from 'fast-check'
import { EntityUnderTest } from '../../../support/sales/entity-under-test.ts'
import { effectsPerHourMax } from '../../../../src/sales-core/decide/rules/effect-rate.ts'
import { ruleConfig, RuleWorld } from '../../../support/sales/rule-world.ts'

const events = ['a', 'b', 'c']
  .map((name) => `kind: EventType\nname: x.${name}\nfields: { n: number? }\n---\n`)
  .join('')
const emits = (id: string, on: string, ...types: readonly string[]): string =>
  `{ id: ${id}, on: x.${on}, then: [ ${types.map((type) => `{ emit: { type: x.${type} } }`).join(', ')} ] }`

describe('chains of events', () => {
  it('let a rule fire once on their way, and tell the way on which it would have fired again', () => {
    const lead = new RuleWorld(ruleConfig([emits('one', 'a', 'b'), emits('two', 'b', 'a')], '', events))
    expect(lead.happen('x.a')).to.deep.equal(['one', 'two'])
    const stopped = lead.emitted.filter(({ type }) => type === 'automation.loop_stopped')
    expect(stopped.map(({ data, depth }) => ({ ...data, depth }))).to.deep.equal([
      {
        reason: 'repeated',
        rule: 'RuleSet/r#one',
        path: ['r/one', 'r/two'],
        root: lead.world.happened[0]?.event.rootId,
        depth: 3,
      },
    ])
    expect(lead.happen('x.a')).to.deep.equal(['one', 'two'])
  })
  it('let a rule fire for each of several events that one cause led to side by side', () => {
    const lead = new RuleWorld(
      ruleConfig([emits('one', 'a', 'b', 'b', 'b'), emits('two', 'b', 'c')], '', events),
    )
    expect(lead.happen('x.a')).to.deep.equal(['one', 'two', 'two', 'two'])
    expect(lead.emitted.some(({ type }) => type === 'automation.loop_stopped')).to.equal(false)
  })
  it('are known again when they come back through another entity', () => {
    const lead = new RuleWorld(
      ruleConfig(
        [
          '{ id: one, on: x.a, then: [ { emit: { type: x.b, subject: "deal/7" } } ] }',
          '{ id: two, on: x.b, then: [ { emit: { type: x.a, subject: "lead/42" } } ] }',
        ],
        '',
        events,
      ),
    )
    expect(lead.happen('x.a')).to.deep.equal(['one', 'two'])
    expect(lead.emitted.map(({ type }) => type)).to.deep.equal(['x.b', 'x.a', 'automation.loop_stopped'])
  })
  it('know the results of commands: a rule that answers its own result fires once', () => {
    const config = ruleConfig(
      [
        '{ id: a, on: x.a, then: [ { call: crm.note } ] }',
        '{ id: b, on: command.succeeded, then: [ { call: crm.note } ] }',
      ],
      '',
      events,
    )
    const lead = new RuleWorld(config)
    lead.happen('x.a')
    const answer = () =>
      lead.world.answer(() => true, { type: 'command.succeeded', outcome: { result: null } })
    expect(answer()).to.equal(true)
    expect(lead.world.commands).to.have.length(2)
    expect(answer()).to.equal(true)
    expect(lead.world.commands).to.have.length(2)
    expect(answer()).to.equal(false)
  })
  it('go on as often as allow_cycle says', () => {
    const loop = emits('one', 'a', 'a').replace('then', 'allow_cycle: { max: 3, why: retries }, then')
    expect(new RuleWorld(ruleConfig([loop], '', events)).happen('x.a')).to.have.length(4)
  })
  it('end, whatever the rules, without telling of the end more than once for an entity', () => {
    const type = fc.constantFrom('a', 'b', 'c')
    const rule = fc.record({ on: type, emits: fc.array(type, { minLength: 1, maxLength: 2 }) })
    fc.assert(
      fc.property(fc.array(rule, { minLength: 1, maxLength: 5 }), (rules) => {
        const lines = rules.map(({ on, emits: types }, index) => emits(`r${index}`, on, ...types))
        const lead = new RuleWorld(ruleConfig(lines, '', events))
        lead.happen('x.a')
        expect(lead.world.troubles).to.deep.equal([])
        const told = lead.emitted.filter(({ type: name }) => name === 'automation.loop_stopped')
        expect(told.length).to.be.at.most(1)
      }),
      { numRuns: 60 },
    )
  })
  it('of an entity stop at what Limits says it may lead to in an hour', () => {
    const limits = 'kind: Limits\nname: own\nquotas: { effects_per_hour: 3 }\n---\n'
    const rule = '{ id: one, on: x.a, then: [ { emit: { type: x.b } } ] }'
    const lead = new EntityUnderTest(ruleConfig([rule], '', limits + events))
    const led = Array.from({ length: 5 }, () => lead.happen('x.a').emitted)
    expect(led.map((list) => list.filter(({ type }) => type === 'x.b').length)).to.deep.equal([1, 1, 1, 0, 0])
  })
  it('of an entity that leads to too much in an hour stop, and it is told once', () => {
    const many = Array.from({ length: 25 }, () => '{ emit: { type: x.b } }').join(', ')
    const config = ruleConfig([`{ id: one, on: x.a, then: [ ${many} ] }`], '', events)
    const lead = new EntityUnderTest(config)
    const led = Array.from({ length: effectsPerHourMax / 25 + 2 }, () => lead.happen('x.a').emitted)
    const counts = led.map((list) => list.filter(({ type }) => type === 'x.b').length)
    expect(counts.reduce((sum, count) => sum + count, 0)).to.equal(effectsPerHourMax)
    expect(led.flat().filter(({ data }) => data['reason'] === 'rate')).to.have.length(1)
    const later = new Date('2026-03-05T13:00:00.000Z')
    expect(lead.happen('x.a', {}, {}, later).emitted).to.have.length(25)
  })
})
