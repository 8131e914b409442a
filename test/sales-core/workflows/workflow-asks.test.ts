import { expect } from 'chai'
import type { JsonObject } from '../../../src/kernel/json.ts'
import type { LoggedEvent } from '../../../src/messaging/events/event.ts'
import type { SalesConfig } from '../../../src/sales-core/compile/sales-config.ts'
import { decide } from '../../../src/sales-core/decide/decide.ts'
import type { Decision } from '../../../src/sales-core/decide/decision.ts'
import { newEntity } from '../../../src/sales-core/decide/entity-state.ts'
import type { CompiledWorkflow } from '../../../src/sales-core/workflows/compiled-workflow.ts'
import { overdueSpreadMs } from '../../../src/sales-core/workflows/versions/spread-overdue.ts'
import { workflowAskKinds, workflowAskType } from '../../../src/sales-core/workflows/workflow-asks.ts'
import { positionsOf, waitingSteps } from '../../../src/sales-core/workflows/workflow-instance.ts'
import type { WorkflowInstance } from '../../../src/sales-core/workflows/workflow-instance.ts'
import { someLoggedEvent } from '../../support/events.ts'
import { noon } from '../../support/sales/entity-under-test.ts'
import { salesConfig } from '../../support/sales/sales-config.ts'

const head = 'kind: Workflow\nname: w\nfor: lead\nstart: { on: lead.created }\n'
const sleep = (wait: string, more = '') =>
  salesConfig(`${head}${more}steps:\n  - { id: nap, wait: ${wait} }\n  - { id: last, call: sink.last }\n`)

const lead = { kind: 'lead', id: '42' }
const at = (minutes: number) => new Date(noon.getTime() + minutes * 60_000)

/** What an event decides about the lead with these instances. */
function happen(
  config: SalesConfig,
  instances: readonly WorkflowInstance[],
  event: Partial<LoggedEvent>,
  now = noon,
  pinned: readonly CompiledWorkflow[] = [],
): Decision {
  const definitions = new Map(pinned.map((workflow) => [workflow.digest, workflow]))
  const logged = someLoggedEvent({ subject: lead, entitySeq: 1, ...event })
  return decide(logged, { entity: newEntity('default', lead), instances, definitions }, config, now)
}

function started(config: SalesConfig): WorkflowInstance {
  const [instance] = happen(config, [], { type: 'lead.created', data: { name: 'L' } }).instances
  if (instance === undefined) throw new Error('Nothing started')
  return instance
}

/** An ask of the system itself. */
function ask(kind: string, instance: WorkflowInstance, data: JsonObject = {}): Partial<LoggedEvent> {
  return { type: `workflow.${kind}`, origin: 'timer', data: { instance: instance.id, ...data } }
}

function workflowOf(config: SalesConfig): CompiledWorkflow {
  const workflow = config.workflow('w')
  if (workflow === null) throw new Error('No workflow')
  return workflow
}

describe('asks of a workflow instance', () => {
  it('are of types that every configuration knows: nobody puts them aside as unknown', () => {
    const config = sleep('2h')
    for (const kind of workflowAskKinds)
      expect(config.eventType(workflowAskType(kind)), kind).not.to.equal(null)
  })

  it('cancel it where it is, and say by whom', () => {
    const config = sleep('2h')
    const decision = happen(config, [started(config)], ask('cancel', started(config), { by: 'local:ann' }))
    expect(decision.instances[0]?.state).to.deep.include({ status: 'done', how: 'stopped', by: 'local:ann' })
    expect(decision.commands).to.deep.equal([])
    expect(decision.trace.workflows[0]).to.include({ from: 'nap', to: 'end', by: 'local:ann' })
  })

  it('change nothing when a producer sends them: only the system’s own count', () => {
    const config = sleep('2h')
    for (const kind of ['cancel', 'retry', 'signal', 'follow']) {
      const forged = { ...ask(kind, started(config)), origin: 'external' as const }
      expect(happen(config, [started(config)], forged).instances, kind).to.deep.equal([])
    }
  })

  it('change nothing for an instance of another entity, one that has ended, and one that is not there', () => {
    const config = sleep('2h')
    const own = started(config)
    const foreign = { ...own, entityKey: 'default/lead/7' }
    const ended = { ...own, state: { status: 'done', endedAt: noon.toISOString() } as const }
    for (const instances of [[foreign], [ended], []]) {
      const decision = happen(config, instances, ask('cancel', own))
      expect(decision.instances).to.deep.equal([])
      expect(decision.trace.notes.join()).to.include(`workflow instance ${own.id}`)
    }
  })

  it('signal what it waits for, with the conditions that it has', () => {
    const config = salesConfig(
      `${head}steps:\n  - { id: reply, wait_for: { event: message.received, where: event.direction == "inbound" } }\n  - { id: last, call: sink.last }\n`,
    )
    const instance = started(config)
    const said = (direction: string) =>
      happen(config, [instance], ask('signal', instance, { event: 'message.received', data: { direction } }))
    expect(said('outbound').instances).to.deep.equal([])
    expect(said('outbound').trace.notes.join()).to.include('does not wait for such a message.received')
    expect(said('inbound').commands.map(({ operation }) => operation)).to.deep.equal(['last'])
    const two = { ...instance, id: started(sleep('3h')).id.replace(/.$/, '0') }
    expect(
      happen(
        config,
        [instance, two],
        ask('signal', instance, { event: 'message.received', data: { direction: 'inbound' } }),
      ).instances.map(({ id }) => id),
    ).to.deep.equal([instance.id])
  })

  it('retry a step that failed, and the whole saga when it failed in one', () => {
    const config = salesConfig(
      `${head}steps:\n  - { id: first, call: sink.first }\n  - id: book\n    saga: [ { id: slot, call: cal.reserve, undo: { call: cal.release } }, { id: deal, call: crm.deal } ]\n`,
    )
    const base = started(config)
    const failedAt = (stepId: string): WorkflowInstance => ({
      ...base,
      state: { status: 'failed', endedAt: noon.toISOString(), stepId, error: 'NX-X: no' },
    })
    const retried = (stepId: string, data: JsonObject = {}) => {
      const decision = happen(config, [failedAt(stepId)], ask('retry', base, data), at(5))
      return decision.commands.map(({ operation }) => operation)
    }
    expect(retried('first')).to.deep.equal(['first', 'reserve'])
    expect(retried('deal')).to.deep.equal(['reserve'])
    expect(retried('deal', { step: 'first' })).to.deep.equal(['first', 'reserve'])
    expect(happen(config, [failedAt('gone')], ask('retry', base)).instances).to.deep.equal([])
  })

  it('follow an age that is new: what waits without end is over then, and a shorter wait as it was', () => {
    const waits = (age: string) =>
      salesConfig(`${head}${age}steps:
  - id: both
    parallel:
      a: [ { id: one, wait_for: { event: message.received } } ]
      b: [ { id: two, wait_for: { event: message.received }, up_to: 1d } ]
      c: [ { id: three, wait: 9d } ]
`)
    const [base, next] = [waits(''), waits('budget: { age: 2d }\n')]
    const instance = started(base)
    const made = happen(next, [instance], ask('follow', instance), at(5), [workflowOf(base)])
    const [followed = instance] = made.instances
    const ends = positionsOf(followed.state).map(({ stepId, wait }) => [stepId, wait.until])
    const ageEnd = new Date(at(2 * 24 * 60).getTime() + 1).toISOString()
    expect(ends).to.have.deep.members([
      ['one', ageEnd],
      ['two', at(24 * 60).toISOString()],
      ['three', ageEnd],
    ])
  })

  it('move it by as many as they leave entries in the trace', () => {
    const config = salesConfig(
      `${head}steps:\n  - { id: find, call: crm.find, wait: result, retry: { max: 2, backoff: 1h } }\n  - { id: last, wait_for: { event: message.received, since: find } }\n`,
    )
    const base = started(config)
    const commandId = happen(config, [], { type: 'lead.created', data: { name: 'L' } }).commands[0]?.id ?? ''
    const error = { code: 'NX-NO', message: 'no', status: null }
    const about = { commandId, integration: 'crm', operation: 'find', cause: 'Workflow/w#find' }
    const [waiting = base] = happen(config, [base], {
      type: 'command.failed',
      data: { ...about, error },
    }).instances
    expect(positionsOf(waiting.state)[0]?.wait.kind).to.equal('retry')
    const asks: ReadonlyArray<readonly [WorkflowInstance, Partial<LoggedEvent>]> = [
      [waiting, ask('retry', waiting)],
      [failedAt('find'), ask('retry', base)],
      [base, ask('signal', base, { event: 'message.received', data: {} })],
    ]
    for (const [before, event] of asks) {
      const { instances, trace } = happen(config, [before], event, at(5))
      expect(trace.workflows, event.type).to.have.length(1)
      expect((instances[0]?.seq ?? 0) - before.seq, event.type).to.equal(1)
    }

    function failedAt(stepId: string): WorkflowInstance {
      const endedAt = noon.toISOString()
      return { ...base, state: { status: 'failed', endedAt, stepId, error: 'NX-NO: no' } }
    }
  })

  it('retry nothing while another instance of the workflow runs', () => {
    const config = sleep('2h')
    const running = started(config)
    const state = { status: 'failed', endedAt: noon.toISOString(), stepId: 'nap', error: 'x' } as const
    const failed = { ...running, id: running.id.replace(/.$/, '0'), state }
    const decision = happen(config, [running, failed], ask('retry', failed))
    expect(decision.instances).to.deep.equal([])
    expect(decision.trace.notes.join()).to.include('is running')
  })
})

describe('following a changed definition', () => {
  const old = sleep('2h')
  const instance = started(old)
  const pinned = [workflowOf(old)]
  const follow = (config: SalesConfig, now = at(10)) =>
    happen(config, [instance], ask('follow', instance), now, pinned)

  it('reckons a wait anew from when it began, and says so in the trace', () => {
    const decision = follow(sleep('3h'))
    const [moved] = decision.instances
    expect(moved?.definitionDigest).to.equal(instance.definitionDigest)
    expect(positionsOf(moved!.state)[0]?.wait.until).to.equal(at(180).toISOString())
    expect(moved?.seq).to.equal(instance.seq + 1)
    expect(decision.trace.workflows[0]).to.include({ instanceId: instance.id, by: 'follow' })
  })

  it('leaves a wait as it is where timing is pinned', () => {
    expect(follow(sleep('3h', 'on_change: { timing: pin }\n')).instances).to.deep.equal([])
  })

  it('is over when it has been done: asked once more it changes nothing', () => {
    const config = sleep('3h')
    const [moved] = follow(config).instances
    expect(happen(config, [moved!], ask('follow', moved!), at(11), pinned).instances).to.deep.equal([])
  })

  it('spreads waits that a change has ended over a minute, each always to the same place', () => {
    const config = sleep('1m')
    const due = Array.from({ length: 40 }, (_, n) => {
      const one = { ...instance, id: instance.id.replace(/..$/, String(n + 10)) }
      const [moved] = happen(config, [one], ask('follow', one), at(10), pinned).instances
      return Date.parse(positionsOf(moved!.state)[0]?.wait.until ?? '') - at(10).getTime()
    })
    expect(Math.min(...due)).to.be.at.least(0)
    expect(Math.max(...due)).to.be.below(overdueSpreadMs)
    expect(new Set(due.map((ms) => Math.floor(ms / 10_000))).size).to.be.above(3)
  })

  it('moves to the new structure where it migrates, and to where map says when its step is gone', () => {
    const next = (more: string) =>
      salesConfig(
        `${head}on_change: { structure: migrate${more} }\nsteps:\n  - { id: rest, wait: 5h }\n  - { id: last, call: sink.last }\n`,
      )
    const blocked = follow(next(''))
    expect(blocked.instances).to.deep.equal([])
    expect(blocked.trace.notes.join()).to.include('stays at nap: the step is gone')
    const config = next(', map: { nap: rest }')
    const [moved] = follow(config).instances
    expect(moved?.definitionDigest).to.equal(workflowOf(config).digest)
    expect(waitingSteps(moved!.state)).to.deep.equal(['rest'])
    // It waits there already: nothing that happens next comes too early for it.
    expect(positionsOf(moved!.state)[0]?.wait).to.deep.include({
      kind: 'timer',
      until: at(310).toISOString(),
    })
  })

  it('goes on as it began when the workflow is removed', () => {
    const decision = follow(salesConfig('kind: EventType\nname: other.event\nfields: { a: string? }\n'))
    expect(decision.instances).to.deep.equal([])
    expect(decision.trace.notes.join()).to.include('no workflow w any more')
  })
})
