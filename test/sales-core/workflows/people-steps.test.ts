import { expect } from 'chai'
import { LeadWorld } from '../../support/sales/lead-world.ts'
import { salesConfig } from '../../support/sales/sales-config.ts'

const team = '---\nkind: Team\nname: sdr\nmembers: [ { rep: sara, capacity: 1 } ]\n'

function begun(steps: string, more = team): LeadWorld {
  const head =
    'kind: Workflow\nname: w\nfor: lead\nstart: { on: lead.created }\nenroll: { while_running: parallel }\n'
  const config = salesConfig(`${head}steps:\n${steps}${more}`)
  return new LeadWorld(config).happens('lead.created', { name: 'Ada' })
}

describe('assign and task steps', () => {
  it('give the entity an owner, whom later steps see', () => {
    const lead = begun(`
  - { id: route, assign: { team: sdr } }
  - { id: tell, call: sink.hit, with: { owner: "{{ lead.owner }}" } }
`)
    expect(lead.fields['owner']).to.equal('sara')
    expect(lead.world.commands[0]?.input).to.deep.equal({ owner: 'sara' })
  })

  it('go to else when nobody may take it, and say so', () => {
    const lead = begun(
      `
  - { id: route, assign: { team: sdr }, else: alone }
  - { id: fine, call: sink.fine, then: end }
  - { id: alone, call: sink.alone }
`,
      team.replace('capacity: 1', 'capacity: 0'),
    )
    expect(lead.called).to.deep.equal(['sink.alone'])
    expect(lead.emitted).to.deep.equal(['assign.unfilled'])
  })

  it('make a task and go on, or wait until it is done', () => {
    const steps = (more: string) => `
  - { id: ring, task: { title: "Call {{ lead.name }}", to: sara }${more} }
  - { id: after, call: sink.after, with: { how: "{{ vars.ring.outcome }}" } }
`
    expect(
      begun('\n  - { id: ring, task: { title: Call, to: sara } }\n  - { id: after, call: sink.after }\n')
        .called,
    ).to.deep.equal(['sink.after'])
    const waits = begun(steps(', wait: done'))
    expect(waits.waitsAt).to.deep.equal(['ring'])
    const made = waits.world.happened.flatMap(({ decision }) => decision.emitted)[0]
    expect(made?.data).to.include({ title: 'Call Ada', to: 'sara' })
    waits.world.happen('task.completed', { kind: 'task', id: made?.subject.id ?? '' }, { outcome: 'reached' })
    expect(waits.world.troubles).to.deep.equal([])
    expect(waits.world.commands[0]?.input).to.deep.equal({ how: 'reached' })
  })

  it('go to else when the task is cancelled or takes too long', () => {
    const steps = `
  - { id: ring, task: { title: Call, to: sara }, wait: done, up_to: 1h, else: late }
  - { id: fine, call: sink.fine, then: end }
  - { id: late, call: sink.late }
`
    expect(begun(steps).passes(3_600_000).called).to.deep.equal(['sink.late'])
    const cancelled = begun(steps)
    const made = cancelled.world.happened.flatMap(({ decision }) => decision.emitted)[0]
    cancelled.world.happen('task.cancelled', { kind: 'task', id: made?.subject.id ?? '' }, {})
    expect(cancelled.called).to.deep.equal(['sink.late'])
  })
})
