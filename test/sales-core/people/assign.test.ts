import { expect } from 'chai'
import type { JsonObject } from '../../../src/kernel/json.ts'
import { repState } from '../../../src/sales-core/people/team-state.ts'
import { TestWorld } from '../../../src/sales-core/testing/test-world.ts'
import { salesConfig } from '../../support/sales/sales-config.ts'

const start = Date.parse('2026-03-02T10:00:00Z')

const team = `kind: Team
name: closers
members:
  - { rep: sara, capacity: 2, hours: office }
  - { rep: tom, capacity: 2 }
closed_when: { lead: lead.temperature == "cold" }
---
kind: Calendar
name: office
tz: UTC
week: { mon-fri: "09:00-17:00" }
---
kind: EventType
name: owner.changed
folds: lead
fields: { owner: string? }
---
`

function world(assign: string, more = '') {
  const rule = `  - { id: give, on: lead.created, then: [ { assign: ${assign} }${more} ] }`
  const config = salesConfig(
    `${team}kind: RuleSet\nname: r\nrules:\n${rule}\n  - { id: told, on: assign.unfilled, then: [ { set: { lead.temperature: waiting } } ] }`,
  )
  const under = new TestWorld(config, start)
  const lead = (id: string) => ({ kind: 'lead', id })
  return {
    under,
    lead,
    create: (id: string, data: JsonObject = {}) => {
      under.happen('lead.created', lead(id), data)
      return under.entity(lead(id)).fields['owner']
    },
    open: (rep: string) => repState(under.teams.get('closers') ?? { turn: 0, reps: new Map() }, rep).open,
    field: (id: string, name: string) => under.entity(lead(id)).fields[name],
    notes: () => under.happened.flatMap(({ decision }) => decision.trace.notes),
    failed: () =>
      under.happened.flatMap(({ decision }) =>
        decision.trace.rules.filter(({ outcome }) => outcome === 'failed'),
      ),
  }
}

describe('assign', () => {
  it('gives leads out in turn, up to everybody’s capacity, and tells when nobody is left', () => {
    const { create, open, field, notes } = world('{ team: closers }')
    expect(['1', '2', '3', '4', '5'].map((id) => create(id))).to.deep.equal([
      'sara',
      'tom',
      'sara',
      'tom',
      undefined,
    ])
    expect([open('sara'), open('tom')]).to.deep.equal([2, 2])
    expect(field('5', 'temperature'), 'assign.unfilled is an event').to.equal('waiting')
    expect(notes().join('\n')).to.contain('could not assign owner: nobody of closers may take it')
  })

  it('keeps an owner who is in the team, and replaces one who is not', () => {
    const { under, create, lead, open } = world('{ team: closers, keep_owner: true }')
    under.given(lead('1'), { owner: 'tom' })
    under.given(lead('2'), { owner: 'lena' })
    expect(create('1')).to.equal('tom')
    expect(create('2')).to.equal('sara')
    expect(open('tom'), 'what nobody handed out is not counted').to.equal(0)
  })

  it('counts a lead that is assigned again once, with whom it went to', () => {
    const { create, open } = world('{ team: closers }')
    expect([create('1'), create('1'), create('1')]).to.deep.equal(['sara', 'tom', 'sara'])
    expect([open('sara'), open('tom')]).to.deep.equal([1, 0])
  })

  it('makes room when somebody else changes the owner, or the team calls the lead closed', () => {
    const { under, create, lead, open } = world('{ team: closers }')
    create('1')
    create('2')
    expect(open('sara')).to.equal(1)
    under.happen('owner.changed', lead('1'), { owner: 'lena' })
    expect(open('sara')).to.equal(0)
    expect(under.entity(lead('1')).marks).to.deep.equal({})
    const closing = world('{ team: closers }', ', { set: { lead.temperature: cold } }')
    closing.create('1')
    expect(closing.open('sara'), 'closed_when holds at once').to.equal(0)
    expect(closing.field('1', 'owner'), 'the field stays').to.equal('sara')
  })

  it('counts events for closed_when, though nothing else does', () => {
    const counted = team.replace('lead.temperature == "cold"', `'count("owner.changed", days(1)) >= 2'`)
    const under = new TestWorld(
      salesConfig(
        `${counted}kind: RuleSet\nname: r\nrules:\n  - { id: give, on: lead.created, then: [ { assign: { team: closers } } ] }`,
      ),
      start,
    )
    const open = () => under.teams.get('closers')?.reps.get('sara')?.open
    const ref = { kind: 'lead', id: '1' }
    under.happen('lead.created', ref, {})
    under.happen('owner.changed', ref, {})
    expect(open()).to.equal(1)
    under.happen('owner.changed', ref, {})
    expect(open()).to.equal(0)
  })

  it('picks only who works now and has not signed off, when asked', () => {
    const { under, create } = world('{ team: closers, only: available }')
    under.advanceTo(Date.parse('2026-03-02T20:00:00Z'))
    expect(create('1'), 'sara is off').to.equal('tom')
    under.happen('rep.availability', { kind: 'rep', id: 'tom' }, { available: false })
    expect(create('2')).to.equal(undefined)
    under.happen('rep.availability', { kind: 'rep', id: 'tom' }, { available: true })
    expect(create('3')).to.equal('tom')
  })

  it('releases without touching the field', () => {
    const config = salesConfig(
      `${team}kind: RuleSet\nname: r\nrules:\n  - { id: give, on: lead.created, then: [ { assign: { team: closers } } ] }\n  - { id: gone, on: contact.unsubscribed, when: lead.name != "-", then: [ { assign: { release: true } } ] }`,
    )
    const under = new TestWorld(config, start)
    const ref = { kind: 'lead', id: '1' }
    under.happen('lead.created', ref, {})
    under.happen('contact.unsubscribed', ref, {})
    expect(under.teams.get('closers')?.reps.get('sara')?.open).to.equal(0)
    expect(under.entity(ref).fields['owner']).to.equal('sara')
    expect(under.entity(ref).marks).to.deep.equal({})
  })

  it('gives nothing out for a rule that fails in its other half', () => {
    const { create, open, failed, under } = world(
      '{ team: closers }',
      ', { set: { lead.seen: "{{ event.name }}" } }',
    )
    expect(create('1', { name: 'not a time' })).to.equal(undefined)
    expect(failed()).to.have.length(1)
    expect([open('sara'), open('tom')]).to.deep.equal([0, 0])
    expect(under.entity({ kind: 'lead', id: '1' }).marks).to.deep.equal({})
  })
})
