import { expect } from 'chai'
import { TestWorld } from '../../../src/sales-core/testing/test-world.ts'
import { salesConfig } from '../../support/sales/sales-config.ts'

const monday = Date.parse('2026-03-02T16:00:00Z')
const lead = { kind: 'lead', id: '42' }

const team = `kind: Team
name: closers
members: [ { rep: sara, capacity: 1 }, { rep: tom } ]
manager: lena
---
kind: Calendar
name: office
tz: UTC
week: { mon-fri: "09:00-17:00" }
---
`

function world(task: string, rules = '') {
  const config = salesConfig(
    `${team}kind: RuleSet\nname: r\nrules:\n  - { id: call, on: lead.created, then: [ { task: ${task} } ] }\n${rules}`,
  )
  const under = new TestWorld(config, monday)
  under.given(lead, { name: 'Ada', owner: 'sara' })
  under.happen('lead.created', lead, {})
  const made = under.happened.find(({ event }) => event.type === 'task.created')
  const ref = made?.event.subject ?? { kind: 'task', id: '?' }
  return {
    under,
    ref,
    task: () => under.entity(ref).fields,
    seen: () =>
      under.happened
        .map(({ event }) => `${event.type} ${event.subject.kind}`)
        .filter((text) => text.startsWith('task.')),
    open: (rep: string) => under.teams.get('closers')?.reps.get(rep)?.open ?? 0,
  }
}

const at = (text: string) => Date.parse(text)

describe('a task', () => {
  it('is an entity of its own, for the owner, due on business time', () => {
    const { task, ref } = world('{ title: "Call {{ lead.name }}", to: owner, due: 4h, clock: business }')
    expect(ref.kind).to.equal('task')
    expect(task()).to.deep.include({
      title: 'Call Ada',
      to: 'sara',
      for: 'lead/42',
      status: 'open',
      due: '2026-03-03T12:00:00.000Z',
      cause: 'RuleSet/r#call',
      rung: 0,
    })
  })

  it('climbs its ladder while nobody does it, and tells the lead each time', () => {
    const { under, task, seen, open } = world(
      '{ title: Call, to: owner, due: 1h, escalate: [ { after: 30m, reassign: closers }, { after: 30m, to: manager } ] }',
    )
    under.advanceTo(at('2026-03-02T16:59:59Z'))
    expect(task()['overdue']).to.equal(undefined)
    under.advanceTo(at('2026-03-02T17:00:00Z'))
    expect(task()).to.include({ overdue: true, to: 'sara', rung: 1 })
    under.advanceTo(at('2026-03-02T17:30:00Z'))
    expect(task(), 'somebody else of the team').to.include({ to: 'tom', team: 'closers', rung: 2 })
    expect(open('tom')).to.equal(1)
    under.advanceTo(at('2026-03-04T18:00:00Z'))
    expect(task()).to.include({ to: 'lena', rung: 3, status: 'open' })
    expect(task()['team']).to.equal(undefined)
    expect(open('tom'), 'it went on to the manager').to.equal(0)
    expect(seen()).to.deep.equal([
      'task.created task',
      'task.due task',
      'task.overdue lead',
      'task.due task',
      'task.escalated lead',
      'task.due task',
      'task.escalated lead',
    ])
  })

  it('is closed once: rules of the lead hear of it, its timers and its place in the team are gone', () => {
    const { under, ref, task, seen, open } = world(
      '{ title: Call, to: { team: closers }, due: 1h }',
      '  - { id: done, on: task.closed, when: event.status == "done", then: [ { set: { lead.temperature: "{{ event.outcome }}" } } ] }',
    )
    expect(task()['to']).to.equal('sara')
    expect(open('sara')).to.equal(1)
    under.happen('task.completed', ref, { by: 'sara', outcome: 'hot' })
    expect(task()).to.include({ status: 'done', closed_by: 'sara', result: 'hot' })
    expect(open('sara')).to.equal(0)
    expect(under.entity(lead).fields['temperature']).to.equal('hot')
    under.happen('task.completed', ref, { by: 'tom', outcome: 'cold' })
    under.happen('task.cancelled', ref, {})
    under.advanceTo(at('2026-03-05T00:00:00Z'))
    expect(task()).to.include({ status: 'done', closed_by: 'sara' })
    expect(open('sara')).to.equal(0)
    expect(seen().filter((text) => text === 'task.closed lead')).to.have.length(1)
    expect(seen()).not.to.include('task.overdue lead')
  })

  it('goes to another person or another of a team by hand', () => {
    const { under, ref, task, open } = world('{ title: Call, to: { team: closers } }')
    under.happen('task.reassigned', ref, { team: 'closers' })
    expect(task()['to']).to.equal('tom')
    expect([open('sara'), open('tom')]).to.deep.equal([0, 1])
    under.happen('task.reassigned', ref, { to: 'lena' })
    expect(task()['to']).to.equal('lena')
    expect(open('tom')).to.equal(0)
  })

  it('is made for nobody when nobody may take it, and that is told', () => {
    const { under, task } = world('{ title: Call, to: { team: closers, skills: [zz] } }')
    expect(task()).to.include({ status: 'open' })
    expect(task()['to']).to.equal(undefined)
    expect(under.happened.map(({ event }) => event.type)).to.include('assign.unfilled')
  })

  it('cannot be timed by an event that anybody sends', () => {
    const { under, ref, task } = world('{ title: Call, to: owner, due: 1h }')
    under.happen('task.due', ref, { rung: 0 })
    expect(task()).to.include({ rung: 0 })
    expect(task()['overdue']).to.equal(undefined)
  })

  it('may be made by an event from outside, and belongs to no team then', () => {
    const { under } = world('{ title: Call, to: owner }')
    const own = { kind: 'task', id: 'mine' }
    under.happen('task.created', own, {
      title: 'Write',
      to: 'tom',
      team: 'closers',
      due: '2026-03-02T18:00:00Z',
    })
    expect(under.entity(own).fields).to.include({ title: 'Write', to: 'tom', status: 'open' })
    expect(under.entity(own).fields['team']).to.equal(undefined)
    under.advanceTo(at('2026-03-02T19:00:00Z'))
    expect(under.entity(own).fields).to.include({ overdue: true })
  })

  it('gives back nobody’s place when something else than a task of a rule or a step said that it was created', () => {
    const data =
      '{ title: T, to: sara, team: closers, cause: RuleSet/other#one, ladder: [ { at: "2026-03-02T17:00:00Z", to: lena } ] }'
    const { under, ref, open } = world(
      '{ title: Call, to: { team: closers } }',
      `  - { id: fake, on: message.received, then: [ { emit: { type: task.created, subject: task/RuleSet/r#fake, data: ${data} } } ] }`,
    )
    expect(under.entity(ref).fields).to.include({ to: 'sara', team: 'closers', cause: 'RuleSet/r#call' })
    const before = open('sara')
    under.happen('message.received', lead, {})
    const made = under.happened.findLast(({ event }) => event.type === 'task.created')
    const own = made?.event.subject ?? lead
    expect(own.id).to.equal('RuleSet/r#fake')
    expect(under.entity(own).fields).to.include({ to: 'sara', status: 'open' })
    expect(under.entity(own).fields).not.to.have.any.keys('team', 'cause', 'ladder')
    under.happen('task.completed', own, {})
    expect(open('sara')).to.equal(before)
  })
})
