import { expect } from 'chai'
import { begun } from '../../support/sales/lead-world.ts'

const hour = 3_600_000

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

describe('budget.age', () => {
  const failed = ['failed NX-WORKFLOW-BUDGET']

  it('ends an instance that waits, whatever it waits for', () => {
    const waits = [
      'wait_for: { event: message.received }',
      'wait_for: { event: message.received }, up_to: 30d',
      'wait: 30d',
      'task: { title: T, to: owner }, wait: done',
      'call: sink.hit, wait: result',
    ]
    for (const wait of waits) {
      const lead = begun(`\n  - { id: rest, ${wait} }\n`, 'budget: { age: 2d }\n').passes(48 * hour)
      expect(lead.ends, wait).to.deep.equal([])
      expect(lead.passes(1).ends, wait).to.deep.equal(failed)
    }
  })

  it('ends who waits for a workflow, and undoes a saga that is half done', () => {
    const parent = begun(
      '\n  - { id: sub, start: child, wait: done }\n',
      'budget: { age: 2d }\n',
      '---\nkind: Workflow\nname: child\nfor: lead\nsteps: [ { id: c, wait_for: { event: message.received } } ]\n',
    )
    expect(parent.passes(49 * hour).ends).to.deep.equal(failed)
    const saga = begun(
      `
  - id: book
    saga:
      - { id: one, call: crm.make, with: { a: 1 }, wait: result, undo: { call: crm.drop } }
      - { id: two, wait_for: { event: message.received } }
`,
      'budget: { age: 2d }\n',
    ).answers('crm.make', 'succeeded')
    expect(saga.passes(49 * hour).called).to.deep.equal(['crm.make', 'crm.drop'])
    expect(saga.answers('crm.drop', 'succeeded').ends).to.deep.equal(failed)
  })

  it('lets a wait that is over in time go on', () => {
    const lead = begun(
      '\n  - { id: rest, wait: 2d }\n  - { id: hit, call: sink.hit }\n',
      'budget: { age: 2d }\n',
    )
    expect(lead.passes(48 * hour).called).to.deep.equal(['sink.hit'])
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

  const watched =
    '\n  - { id: greet, send: { channel: whatsapp, text: Hi }, fallback: { channel: sms, text: Ho } }\n  - { id: rest, wait: 1h }\n'

  it('has its turn when the one before has come to its end, though its message may still need its fallback', () => {
    const lead = begun(watched, 'enroll: { while_running: queue }\n').happens('lead.created')
    expect(lead.called).to.have.length(1)
    expect(lead.passes(hour).called).to.have.length(2)
    expect(lead.waitsAt).to.deep.equal(['rest'])
    expect(lead.answers('messenger.whatsapp.send', 'failed').called).to.have.length(3)
  })

  it('does not overtake those that wait for their turn', () => {
    const second = `---
kind: Workflow
name: second
for: lead
steps: [ { id: one, start: w, wait: done }, { id: two, start: w } ]
---
kind: RuleSet
name: r
rules: [ { id: go, on: message.received, then: [ { start: second } ] } ]
`
    const lead = begun(
      '\n  - { id: rest, wait: 1h }\n  - { id: hit, call: sink.hit}\n',
      'enroll: { while_running: queue }\n',
      second,
    )
    // The queue: second's first, then one of lead.created; second asks once more the moment that its first has ended.
    lead
      .happens('message.received')
      .happens('lead.created')
      .passes(2 * hour)
    const turns = lead.world.happened.flatMap(({ decision }) =>
      decision.trace.workflows.filter(({ workflow, ran }) => workflow === 'w' && ran.includes('rest')),
    )
    const enrolled = lead.world.happened.flatMap(({ decision }) =>
      decision.instances.filter(({ workflow, seq }) => workflow === 'w' && seq === 1),
    )
    expect(turns.map(({ instanceId }) => instanceId)).to.deep.equal(enrolled.slice(0, 3).map(({ id }) => id))
    expect(enrolled).to.have.length(4)
  })

  it('has no turn when all are stopped', () => {
    const halt =
      '---\nkind: RuleSet\nname: r\nrules: [ { id: halt, on: message.received, then: [ { stop: w } ] } ]\n'
    const steps = '\n  - { id: hit, call: sink.hit }\n  - { id: rest, wait: 1h }\n'
    const lead = begun(steps, 'enroll: { while_running: queue }\n', halt)
    lead.passes(1).happens('lead.created').happens('message.received')
    expect(lead.ends).to.deep.equal(['stopped', 'stopped'])
    expect(lead.called).to.have.length(1)
  })

  it('counts a saga that is being undone as running as long as the workflow may go on', () => {
    const lead = begun(
      `
  - id: book
    saga:
      - { id: one, call: crm.make, with: { a: 1 }, wait: result, undo: { call: crm.drop } }
      - { id: two, call: crm.pay, wait: result }
    on_failure: { go: rest }
  - { id: rest, wait: 1h }
`,
    )
      .answers('crm.make', 'succeeded')
      .answers('crm.pay', 'failed')
    expect(lead.happens('lead.created').called).to.deep.equal(['crm.make', 'crm.pay', 'crm.drop'])
    expect(lead.notes).to.contain('it is running for this lead')
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

  it('go on when that one has come to its end, though its message may still need its fallback', () => {
    const sender = (more: string) => `---
kind: Workflow
name: child
for: lead
steps:
  - { id: greet, send: { channel: whatsapp, text: Hi }, fallback: { channel: sms, text: Ho } }
${more}`
    const steps = '\n  - { id: sub, start: child, wait: done }\n  - { id: after, call: sink.after }\n'
    expect(begun(steps, '', sender('')).called).to.deep.equal(['messenger.whatsapp.send', 'sink.after'])
    const later = begun(steps, '', sender('  - { id: rest, wait: 1h }\n'))
    expect(later.called).to.have.length(1)
    expect(later.passes(hour).called).to.deep.equal(['messenger.whatsapp.send', 'sink.after'])
    expect(later.answers('messenger.whatsapp.send', 'failed').called.at(-1)).to.equal('messenger.sms.send')
  })

  it('do not start one another for ever', () => {
    const lead = begun('\n  - { id: again, start: w }\n', 'enroll: { while_running: parallel }\n')
    expect(lead.ends.some((end) => end.includes('NX-CHAIN-DEPTH'))).to.equal(true)
    expect(lead.ends).to.have.length(8)
  })
})
