import { expect } from 'chai'
import { LeadWorld } from '../../support/sales/lead-world.ts'
import { salesConfig } from '../../support/sales/sales-config.ts'

const hour = 3_600_000

/** A workflow that starts with lead.created and has these steps. */
function flow(steps: string, head = ''): string {
  return `kind: Workflow\nname: w\nfor: lead\nstart: { on: lead.created }\n${head}steps:\n${steps}`
}

function begun(steps: string, head = '', more = ''): LeadWorld {
  return new LeadWorld(salesConfig(flow(steps, head) + more)).happens('lead.created', {
    name: 'Ada',
    country: 'AE',
  })
}

describe('the end of an instance', () => {
  it('comes when the goal is reached, whoever reached it', () => {
    const lead = begun(
      '\n  - { id: rest, wait: 1h }\n  - { id: hit, call: sink.hit }\n',
      'goal: lead.budget == 7\n',
    )
    lead.happens('message.received')
    expect(lead.ends).to.deep.equal([])
    lead.happens('lead.created', { budget: 7 })
    expect(lead.ends[0]).to.equal('goal')
  })

  it('comes before the next effect when a step reaches the goal', () => {
    const lead = begun(
      '\n  - { id: warm, set: { lead.budget: 7 } }\n  - { id: hit, call: sink.hit }\n',
      'goal: lead.budget == 7\n',
    )
    expect(lead.called).to.deep.equal([])
    expect(lead.ends).to.deep.equal(['goal'])
  })

  it('comes by a stop step of another workflow, and by a rule', () => {
    const other = `---
kind: Workflow
name: stopper
for: lead
start: { on: contact.unsubscribed }
steps: [ { id: halt, stop: w } ]
---
kind: RuleSet
name: r
rules: [ { id: halt, on: message.received, then: [ { stop: w } ] } ]
`
    const steps = '\n  - { id: rest, wait: 1h }\n'
    expect(begun(steps, '', other).happens('contact.unsubscribed').ends).to.have.members(['end', 'stopped'])
    expect(begun(steps, '', other).happens('message.received').ends).to.deep.equal(['stopped'])
  })
})

describe('enrolment', () => {
  const steps =
    '\n  - { id: rest, wait: 1h }\n  - { id: hit, call: sink.hit, with: { c: "{{ vars.start.country }}" } }\n'
  const twice = (mode: string) =>
    begun(steps, `enroll: { while_running: ${mode} }\n`).passes(1).happens('lead.created', { country: 'DE' })

  it('is ignored, restarts, waits its turn or runs beside the one that runs', () => {
    expect(twice('ignore').waitsAt).to.deep.equal(['rest'])
    expect(twice('restart').ends).to.deep.equal(['restarted'])
    expect(twice('parallel').waitsAt).to.deep.equal(['rest', 'rest'])
    const queued = twice('queue')
    expect(queued.passes(hour).world.commands.map(({ input }) => input)).to.deep.equal([{ c: 'AE' }])
    expect(queued.waitsAt).to.deep.equal(['rest'])
    expect(queued.passes(hour).world.commands[1]?.input).to.deep.equal({ c: 'DE' })
  })

  it('comes again only after the time that again gives, and as often as it says', () => {
    const lead = begun('\n  - { id: hit, call: sink.hit }\n', 'enroll: { again: { after: 1d, max: 2 } }\n')
    expect(lead.passes(23 * hour).happens('lead.created').called).to.have.length(1)
    expect(lead.passes(hour).happens('lead.created').called).to.have.length(2)
    expect(lead.passes(48 * hour).happens('lead.created').called).to.have.length(2)
    expect(lead.notes).to.contain('as often as it may be')
  })
})

describe('workflows that start workflows', () => {
  const child = `---
kind: Workflow
name: child
for: lead
steps: [ { id: c1, wait_for: { event: message.received }, up_to: 1h }, { id: c2, call: sink.child } ]
`
  it('go on at once, or when that one has ended', () => {
    const steps = (more: string) =>
      `\n  - { id: sub, start: child${more} }\n  - { id: after, call: sink.after }\n`
    expect(begun(steps(''), '', child).called).to.deep.equal(['sink.after'])
    const waits = begun(steps(', wait: done'), '', child)
    expect(waits.waitsAt).to.have.members(['sub', 'c1'])
    expect(waits.happens('message.received').called).to.deep.equal(['sink.child', 'sink.after'])
  })

  it('do not start one another for ever', () => {
    const lead = begun('\n  - { id: again, start: w }\n', 'enroll: { while_running: parallel }\n')
    expect(lead.ends.some((end) => end.includes('NX-CHAIN-DEPTH'))).to.equal(true)
    expect(lead.ends).to.have.length(8)
  })
})
