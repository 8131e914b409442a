import { expect } from 'chai'
import type { Decision } from '../../../src/sales-core/decide/decision.ts'
import { salesConfig } from '../../support/sales/sales-config.ts'
import { EntityUnderTest, noon } from '../../support/sales/entity-under-test.ts'

const chase = `kind: Workflow
name: chase
for: lead
start: { on: lead.created, when: event.source != "import" }
steps:
  - { id: greet, send: { channel: sms, text: "Hi {{ lead.name }}" }, priority: high }
  - { id: reply, wait_for: { event: message.received, where: event.direction == "inbound" }, up_to: 2h, then: qualify, else: nudge }
  - { id: nudge, send: { channel: sms, text: "Still there?" } }
  - { id: cool, wait: { days: 1, hours: 12 }, then: end }
  - { id: qualify, choose: [ { when: lead.score >= 80 || vars.reply.text == "yes", go: book }, { else: end } ] }
  - { id: book, call: crm.book, with: { said: "{{ vars.reply.text }}", from: "{{ vars.start.source }}" } }
`

function later(ms: number): Date {
  return new Date(noon.getTime() + ms)
}

function timer(lead: EntityUnderTest, at: Date): Decision {
  const [instance] = lead.instances
  return lead.happen(
    'timer.due',
    { instanceId: instance?.id ?? '', seq: instance?.seq ?? 0 },
    { origin: 'timer' },
    at,
  )
}

function said(decision: Decision): readonly unknown[] {
  return decision.commands.map(({ input, cause }) => [cause, input['text'] ?? input['said'] ?? null])
}

describe('workflows', () => {
  it('start with their event when the condition holds, and run until they wait', () => {
    const lead = new EntityUnderTest(salesConfig(chase))
    const decision = lead.happen('lead.created', { name: 'Ada', source: 'ads' })
    expect(said(decision)).to.deep.equal([['Workflow/chase#greet', 'Hi Ada']])
    expect(decision.commands[0]).to.include({ priority: 'high', instanceId: decision.instances[0]?.id ?? '' })
    expect(decision.instances[0]).to.deep.include({
      workflow: 'chase',
      entityKey: 'default/lead/42',
      seq: 1,
      steps: 2,
      state: {
        status: 'waiting',
        stepId: 'reply',
        wait: {
          kind: 'event',
          eventType: 'message.received',
          where: 'event.direction == "inbound"',
          until: later(7_200_000).toISOString(),
          from: noon.toISOString(),
        },
        rev: 2,
      },
    })
    expect(decision.trace.workflows[0]).to.deep.include({ from: null, to: 'reply', ran: ['greet', 'reply'] })
    const imported = new EntityUnderTest(salesConfig(chase))
    expect(imported.happen('lead.created', { source: 'import' }).instances).to.deep.equal([])
  })

  it('go on with the event they wait for, and only with that', () => {
    const lead = new EntityUnderTest(salesConfig(chase))
    lead.happen('lead.created', { name: 'Ada', source: 'ads' })
    expect(lead.happen('message.received', { direction: 'outbound', text: 'yes' }).instances).to.deep.equal(
      [],
    )
    const decision = lead.happen('message.received', { direction: 'inbound', text: 'yes' })
    expect(decision.commands[0]).to.deep.include({
      cause: 'Workflow/chase#book',
      input: { said: 'yes', from: 'ads' },
    })
    expect(decision.trace.workflows[0]).to.deep.include({
      from: 'reply',
      to: 'end',
      ran: ['qualify', 'book'],
    })
    expect(lead.instances).to.deep.equal([])
  })

  it('go on when the time is over', () => {
    const lead = new EntityUnderTest(salesConfig(chase))
    lead.happen('lead.created', { name: 'Ada', source: 'ads' })
    const nudged = timer(lead, later(7_200_000))
    expect(said(nudged)).to.deep.equal([['Workflow/chase#nudge', 'Still there?']])
    expect(nudged.instances[0]?.state).to.deep.include({
      stepId: 'cool',
      wait: {
        kind: 'timer',
        until: later(7_200_000 + 36 * 3_600_000).toISOString(),
        from: later(7_200_000).toISOString(),
      },
    })
    expect(timer(lead, later(200_000_000)).instances[0]?.state.status).to.equal('done')
  })

  it('ignore a timer of an earlier wait', () => {
    const lead = new EntityUnderTest(salesConfig(chase))
    lead.happen('lead.created', { name: 'Ada', source: 'ads' })
    const [instance] = lead.instances
    timer(lead, later(7_200_000))
    const stale = lead.happen(
      'timer.due',
      { instanceId: instance?.id ?? '', seq: instance?.seq ?? 0 },
      { origin: 'timer' },
    )
    expect(stale.instances).to.deep.equal([])
    expect(stale.commands).to.deep.equal([])
    expect(stale.trace.notes.join()).to.contain('stale')
  })

  it('pay no heed to a timer that somebody outside claims', () => {
    const lead = new EntityUnderTest(salesConfig(chase))
    lead.happen('lead.created', { name: 'Ada', source: 'ads' })
    const [instance] = lead.instances
    const forged = lead.happen('timer.due', { instanceId: instance?.id ?? '', seq: instance?.seq ?? 0 })
    expect(forged.instances).to.deep.equal([])
  })

  it('run once for an entity at a time, whoever starts them', () => {
    const config = salesConfig(
      `${chase}---\nkind: RuleSet\nname: r\nrules: [ { id: a, on: lead.created, then: [ { start: chase } ] } ]`,
    )
    const lead = new EntityUnderTest(config)
    const first = lead.happen('lead.created', { name: 'Ada', source: 'ads' })
    expect(first.instances).to.have.length(1)
    expect(first.trace.notes.join()).to.contain('RuleSet/r#a did not start chase')
    expect(lead.happen('lead.created', { source: 'ads' }).instances).to.deep.equal([])
  })

  it('fail at the step that cannot be done; what they did before stands', () => {
    const yaml = `kind: Workflow
name: w
for: lead
start: { on: lead.created }
steps:
  - { id: first, call: sink.hit, with: { n: 1 } }
  - { id: second, choose: [ { when: 1 / lead.score > 0, go: end } ] }
  - { id: third, call: sink.hit }
`
    const lead = new EntityUnderTest(salesConfig(yaml))
    const decision = lead.happen('lead.created')
    expect(decision.commands).to.have.length(1)
    expect(decision.instances[0]?.state).to.deep.include({ status: 'failed', stepId: 'second' })
    expect(decision.trace.rules[0]).to.include({ rule: 'Workflow/w#second', code: 'NX-CONDITION-DATA' })
  })

  it('stay inside their budget of steps and age', () => {
    const yaml = `kind: Workflow
name: w
for: lead
start: { on: lead.created }
budget: { steps: 5, age: 10h }
steps:
  - { id: ping, call: sink.hit }
  - { id: rest, wait: 1h, then: ping }
`
    const lead = new EntityUnderTest(salesConfig(yaml))
    lead.happen('lead.created')
    timer(lead, later(3_600_000))
    const last = timer(lead, later(7_200_000))
    expect(last.instances[0]?.state).to.include({ status: 'failed', stepId: 'rest' })
    const old = new EntityUnderTest(salesConfig(yaml))
    old.happen('lead.created')
    expect(timer(old, later(11 * 3_600_000)).instances[0]?.state).to.deep.include({
      status: 'failed',
      stepId: 'ping',
    })
  })

  it('fail, visibly, when the definition they were started with is gone', () => {
    const lead = new EntityUnderTest(salesConfig(chase))
    lead.happen('lead.created', { name: 'Ada', source: 'ads' })
    const elsewhere = new EntityUnderTest(salesConfig(''))
    elsewhere.instances = lead.instances
    const decision = elsewhere.happen('message.received', { direction: 'inbound' })
    expect(decision.instances[0]?.state.status).to.equal('failed')
    expect(decision.trace.rules[0]).to.include({ outcome: 'failed', code: 'NX-WORKFLOW-DEFINITION' })
  })
})
