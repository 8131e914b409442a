import { expect } from 'chai'
import { TestWorld } from '../../../src/sales-core/testing/test-world.ts'
import { salesConfig } from '../../support/sales/sales-config.ts'

const lead = { kind: 'lead', id: '42' }

function world(team: string) {
  const config = salesConfig(`kind: Team
name: closers
members: [ ${team} ]
---
kind: Workflow
name: w
for: lead
start: { on: lead.created }
steps:
  - { id: route, assign: { team: closers }, else: nobody }
  - { id: call, task: { title: "Call {{ lead.name }}", to: owner, due: 1h }, wait: done }
  - { id: tell, set: { lead.temperature: hot }, then: end }
  - { id: nobody, set: { lead.temperature: cold } }
`)
  const under = new TestWorld(config, Date.parse('2026-03-02T10:00:00Z'))
  under.happen('lead.created', lead, { name: 'Ada' })
  const made = under.happened.find(({ event }) => event.type === 'task.created')
  return { under, made, field: (name: string) => under.entity(lead).fields[name] }
}

describe('people in workflows', () => {
  it('assigns, makes a task for whom it went to, and goes on when that is done', () => {
    const { under, made, field } = world('{ rep: sara }')
    expect(field('owner')).to.equal('sara')
    expect(made?.event.data).to.include({ title: 'Call Ada', to: 'sara', for: 'lead/42' })
    expect(field('temperature')).to.equal(undefined)
    expect(under.waiting()).to.have.length(1)
    under.happen('task.completed', made!.event.subject, { by: 'sara' })
    expect(field('temperature')).to.equal('hot')
    expect(under.waiting()).to.have.length(0)
  })

  it('goes to else, and says so, when nobody may take it', () => {
    const { under, field } = world('{ rep: sara, capacity: 0 }')
    expect(field('temperature')).to.equal('cold')
    expect(under.happened.map(({ event }) => event.type)).to.include('assign.unfilled')
  })
})
