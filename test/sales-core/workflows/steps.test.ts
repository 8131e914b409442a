import { expect } from 'chai'
import { begun, flow, LeadWorld } from '../../support/sales/lead-world.ts'
import { salesConfig } from '../../support/sales/sales-config.ts'

const hour = 3_600_000

describe('steps that change the entity', () => {
  it('set fields and tags, which later steps of the same advance see', () => {
    const lead = begun(`
  - { id: warm, set: { lead.temperature: hot, lead.budget: 5 } }
  - { id: tag, add_tag: [vip, new] }
  - { id: untag, remove_tag: new }
  - { id: see, choose: [ { when: lead.temperature == "hot" && "vip" in lead.tags, go: yes }, { else: end } ] }
  - { id: yes, call: sink.hit, with: { t: "{{ lead.temperature }}" } }
`)
    expect(lead.fields).to.deep.include({ temperature: 'hot', budget: 5, tags: ['vip'] })
    expect(lead.called).to.deep.equal(['sink.hit'])
  })

  it('move the scores that read what they set, bands included', () => {
    const lead = begun(
      '\n  - { id: warm, set: { lead.temperature: hot } }\n',
      '',
      `---
kind: LeadScore
name: s
writes: lead.score
factors: [ { id: a, when: lead.temperature == "hot", points: 50 } ]
bands: [ { name: hot, from: 40, emit: lead.hot } ]
`,
    )
    expect(lead.fields['score']).to.equal(50)
    expect(lead.emitted).to.deep.equal(['lead.hot'])
  })

  it('emit events about the entity', () => {
    const lead = begun(
      '\n  - { id: tell, emit: { type: contact.unsubscribed, data: { reason: "{{ lead.name }}" } } }\n',
    )
    expect(lead.emitted).to.deep.equal(['contact.unsubscribed'])
  })
})

describe('split', () => {
  const steps = `
  - id: ab
    split: { A: 50, B: 50 }
    A: [ { id: a, call: sink.a } ]
    B: [ { id: b, call: sink.b } ]
  - { id: after, call: sink.after }
`
  it('takes one arm and goes on behind itself', () => {
    const lead = begun(steps)
    expect(lead.called).to.have.length(2)
    expect(lead.called[0]).to.be.oneOf(['sink.a', 'sink.b'])
    expect(lead.called[1]).to.equal('sink.after')
  })

  it('is sticky: the same entity takes the same arm again', () => {
    const lead = begun(steps).happens('lead.created')
    expect(lead.called[0]).to.equal(lead.called[2])
  })

  it('shares entities out by weight, and gives an arm of weight 0 nobody', () => {
    const config = salesConfig(flow(steps.replace('A: 50', 'A: 90').replace('B: 50', 'B: 10')))
    const never = salesConfig(flow(steps.replace('A: 50', 'A: 0')))
    let inA = 0
    for (let id = 0; id < 300; id += 1) {
      for (const given of [config, never]) {
        const { world } = new LeadWorld(given)
        world.happen('lead.created', { kind: 'lead', id: `l${id}` }, {})
        const isA = world.commands[0]?.operation === 'a'
        if (given === never) expect(isA).to.equal(false)
        else if (isA) inA += 1
      }
    }
    expect(inA).to.be.within(240, 295)
  })

  it('may have an arm that does nothing: a hold-out', () => {
    const lead = begun(
      '\n  - { id: ab, split: { A: 0, B: 1 }, A: [ { id: a, call: sink.a } ] }\n  - { id: after, call: sink.after }\n',
    )
    expect(lead.called).to.deep.equal(['sink.after'])
  })
})

describe('parallel', () => {
  const steps = (join: string) => `
  - id: both
    parallel:
      left: [ { id: l1, wait: 1h }, { id: l2, call: sink.left } ]
      right: [ { id: r1, wait_for: { event: message.received }, up_to: 5h }, { id: r2, call: sink.right } ]
    join: ${join}
  - { id: after, call: sink.after }
`
  it('waits in every branch, and goes on when the last has come to its end', () => {
    const lead = begun(steps('all'))
    expect(lead.waitsAt).to.have.members(['l1', 'r1'])
    lead.passes(hour)
    expect(lead.called).to.deep.equal(['sink.left'])
    lead.happens('message.received')
    expect(lead.called).to.deep.equal(['sink.left', 'sink.right', 'sink.after'])
    expect(lead.ends).to.deep.equal(['end'])
  })

  it('with join: any goes on when the first has, and leaves the others', () => {
    const lead = begun(steps('any')).passes(hour)
    expect(lead.called).to.deep.equal(['sink.left', 'sink.after'])
    expect(lead.happens('message.received').called).to.have.length(2)
  })

  it('is woken for the branch that falls due first', () => {
    const lead = begun(steps('all'))
    const [instance] = lead.world.waiting()
    expect(instance?.state).to.deep.include({ stepId: 'l1' })
  })

  it('lets one event move every branch that waits for it', () => {
    const lead = begun(`
  - id: both
    parallel:
      left: [ { id: l, wait_for: { event: message.received } } ]
      right: [ { id: r, wait_for: { event: message.received } } ]
  - { id: after, call: sink.after }
`).happens('message.received')
    expect(lead.called).to.deep.equal(['sink.after'])
  })

  it('ends a branch with join, and everything with end', () => {
    const lead = begun(`
  - id: both
    parallel:
      left: [ { id: l, choose: [ { when: lead.name == "Ada", go: join }, { else: end } ] }, { id: never, call: sink.never } ]
      right: [ { id: r, wait: 1h, then: end } ]
  - { id: after, call: sink.after }
`).passes(hour)
    expect(lead.called).to.deep.equal([])
    expect(lead.ends).to.deep.equal(['end'])
  })
})

describe('wait_for', () => {
  const steps = `
  - { id: greet, send: { channel: sms, text: Hi } }
  - { id: pause, wait: 1h }
  - { id: reply, wait_for: { event: message.received, where: event.direction == "inbound", since: greet }, up_to: 2h, else: late }
  - { id: good, call: sink.good, with: { said: "{{ vars.reply.text }}" }, then: end }
  - { id: late, call: sink.late }
`
  it('does not lose an event that came before it began to wait', () => {
    const lead = begun(steps)
      .happens('message.received', { direction: 'outbound', text: 'no' })
      .happens('message.received', { direction: 'inbound', text: 'first' })
      .happens('message.received', { direction: 'inbound', text: 'second' })
      .passes(hour)
    expect(lead.world.commands[1]?.input).to.deep.equal({ said: 'first' })
  })

  it('waits when nothing came', () => {
    const lead = begun(steps).passes(hour)
    expect(lead.waitsAt).to.deep.equal(['reply'])
    expect(lead.happens('message.received', { direction: 'inbound', text: 'now' }).called[1]).to.equal(
      'sink.good',
    )
    expect(begun(steps).passes(3 * hour).called[1]).to.equal('sink.late')
  })

  it('wins an event that stop_when listens to as well', () => {
    const lead = begun(steps, 'stop_when: [ { on: message.received } ]\n')
    expect(
      lead.passes(hour).happens('message.received', { direction: 'inbound', text: 'x' }).called,
    ).to.have.length(2)
    const early = begun(steps, 'stop_when: [ { on: message.received } ]\n').happens('message.received')
    expect(early.ends).to.deep.equal(['stopped'])
  })
})

describe('waits', () => {
  it('count business hours on the calendar that there is', () => {
    const lead = begun(
      '\n  - { id: rest, wait: 2h, clock: business }\n',
      '',
      '---\nkind: Calendar\nname: office\ntz: UTC\nweek: { mon-fri: "09:00-13:00" }\n',
    )
    // Thursday 12:00: one hour today, one on Friday.
    expect(lead.world.waiting()[0]?.state).to.deep.include({ stepId: 'rest' })
    expect(lead.passes(22 * hour - 1).waitsAt).to.deep.equal(['rest'])
    expect(lead.passes(1).ends).to.deep.equal(['end'])
  })

  it('end at a time of the contact, spread by the instance and never by chance', () => {
    const steps = '\n  - { id: rest, wait: { days: 1, at: "10:00", tz: Asia/Dubai, spread: 15m } }\n'
    const until = (): string => {
      const [instance] = begun(steps).world.waiting()
      return instance?.state.status === 'waiting' ? String(instance.state.wait.until) : ''
    }
    expect(until()).to.equal(until())
    const ms = Date.parse(until()) - Date.parse('2026-03-06T06:00:00Z')
    expect(ms).to.be.within(0, 900_000)
  })
})

describe('the trace', () => {
  it('has an entry for every move, so that as many were recorded as seq counts', () => {
    const lead = begun(`
  - { id: greet, send: { channel: sms, text: Hi } }
  - { id: pause, wait: 1h }
  - { id: reply, wait_for: { event: message.received, since: greet }, up_to: 2h, else: late }
  - { id: late, call: sink.late }
`)
    lead.happens('message.received')
    const [instance] = lead.world.waiting()
    const entries = lead.world.happened.flatMap(({ decision }) => decision.trace.workflows)
    expect(entries.at(-1)).to.deep.include({ from: 'pause', to: 'pause', by: 'early' })
    expect(entries).to.have.length(instance?.seq ?? 0)
  })
})
