import { expect } from 'chai'
import { workflowShape } from '../../../src/sales-core/kinds/workflow-shape.ts'
import type { CompiledWorkflow } from '../../../src/sales-core/workflows/compiled-workflow.ts'
import { stepById } from '../../../src/sales-core/workflows/compiled-workflow.ts'
import { changeClass } from '../../../src/sales-core/workflows/versions/change-class.ts'
import { followed } from '../../../src/sales-core/workflows/versions/followed.ts'
import { migrateInstance } from '../../../src/sales-core/workflows/versions/migrate-instance.ts'
import { retimeInstance } from '../../../src/sales-core/workflows/versions/retime-instance.ts'
import type { WorkflowInstance } from '../../../src/sales-core/workflows/workflow-instance.ts'
import { positionsOf, waitingSteps } from '../../../src/sales-core/workflows/workflow-instance.ts'
import { dueAt } from '../../../src/sales-core/time/due-at.ts'
import { EntityUnderTest, noon } from '../../support/sales/entity-under-test.ts'
import { stepEdits as kinds, workflowHead as head, yamlOf } from '../../support/sales/step-edits.ts'
import { salesConfig, salesDocuments } from '../../support/sales/sales-config.ts'

function specOf(yaml: string) {
  const typed = salesDocuments(yaml)
    .ofKind(workflowShape)
    .find(({ document }) => document.name === 'w')
  if (typed === undefined) throw new Error('No workflow')
  return typed.spec
}

function compiled(yaml: string): CompiledWorkflow {
  const workflow = salesConfig(yaml).workflow('w')
  if (workflow === null) throw new Error('No workflow')
  return workflow
}

function waitingIn(yaml: string): WorkflowInstance {
  const lead = new EntityUnderTest(salesConfig(yaml))
  lead.happen('lead.created', { name: 'Ada', country: 'AE' })
  const instance = lead.instances.find(({ workflow }) => workflow === 'w')
  if (instance === undefined) throw new Error('Nothing waits')
  return instance
}

const later = new Date(noon.getTime() + 60_000)
const due = (wait: Parameters<typeof dueAt>[0], from: Date) =>
  dueAt(wait, { now: from, contactZone: null, homeZone: null, calendar: () => null, seed: 's' })

describe('what an edit of a step is', () => {
  for (const { verb, base, text, timing, structure } of kinds) {
    for (const [edit, changed] of Object.entries({ text, timing, structure })) {
      if (changed === undefined) continue
      it(`${verb}: ${edit}`, () => {
        expect(changeClass(specOf(yamlOf(base)), specOf(yamlOf(changed))).class).to.equal(edit)
      })
    }
    it(`${verb}: nothing, when only what starts it changed`, () => {
      const more = 'enroll: { while_running: queue }\n'
      expect(changeClass(specOf(yamlOf(base)), specOf(yamlOf(base, more))).class).to.equal('none')
    })
  }

  it('is structure where a step comes between two others', () => {
    const before = specOf(`${head}steps: [ { id: a, wait: 1h }, { id: b, wait: 1h } ]`)
    const after = specOf(`${head}steps: [ { id: a, wait: 1h }, { id: c, wait: 1h }, { id: b, wait: 1h } ]`)
    expect(changeClass(before, after).steps).to.deep.equal([
      { step: 'a', change: 'structure' },
      { step: 'c', change: 'added' },
    ])
  })
})

describe('an instance whose definition changed', () => {
  for (const { verb, base, text, timing } of kinds) {
    if (timing !== undefined)
      it(`follows the times of ${verb}: its wait is reckoned from when it began`, () => {
        const instance = waitingIn(yamlOf(base))
        const active = compiled(yamlOf(timing))
        const moved = retimeInstance(followed(compiled(yamlOf(base)), active), instance, due)
        const [first] = positionsOf(moved.state)
        expect(first?.wait.until).to.equal(new Date(noon.getTime() + 3_600_000).toISOString())
        expect(moved.seq).to.equal(instance.seq + 1)
        const pinned = compiled(yamlOf(timing, 'on_change: { timing: pin }\n'))
        expect(retimeInstance(followed(compiled(yamlOf(base)), pinned), instance, due)).to.equal(instance)
      })
    if (text !== undefined && (verb === 'call' || verb === 'send'))
      it(`follows the texts of ${verb}, unless they are pinned`, () => {
        const old = compiled(yamlOf(base))
        const said = (workflow: CompiledWorkflow): unknown => {
          const step = stepById(workflow, 'a')
          return step?.verb === 'command' ? step.command.input.render({}) : null
        }
        const active = compiled(yamlOf(text))
        expect(said(followed(old, active))).to.deep.equal(said(active))
        expect(said(followed(old, compiled(yamlOf(text, 'on_change: { text: pin }\n'))))).to.deep.equal(
          said(old),
        )
      })
    it(`${verb}: migrates to a definition that only has more steps, where it is`, () => {
      const instance = waitingIn(yamlOf(base))
      const next = compiled(`${yamlOf(base)}  - { id: more, call: sink.more }\n`)
      const moved = migrateInstance(instance, compiled(yamlOf(base)), next, {}, later, due)
      if (moved.state !== 'migrated') throw new Error(JSON.stringify(moved))
      expect(waitingSteps(moved.instance.state)).to.deep.equal(waitingSteps(instance.state))
      expect(moved.instance).to.include({ definitionDigest: next.digest, seq: instance.seq + 1 })
    })
    it(`${verb}: is not moved by guess when its step is gone`, () => {
      const instance = waitingIn(yamlOf(base))
      const next = compiled(yamlOf('{ id: other, wait: 1h }'))
      expect(migrateInstance(instance, compiled(yamlOf(base)), next, {}, later, due).state).to.equal(
        'blocked',
      )
    })
  }

  it('goes where the map says, and begins that step afresh', () => {
    const base = '{ id: a, wait: 2h }'
    const instance = waitingIn(yamlOf(base))
    const config = salesConfig(yamlOf('{ id: other, call: sink.other }'))
    const next = config.workflow('w') as CompiledWorkflow
    const moved = migrateInstance(instance, compiled(yamlOf(base)), next, { a: 'other' }, later, due)
    if (moved.state !== 'migrated') throw new Error(JSON.stringify(moved))
    const lead = new EntityUnderTest(config)
    lead.instances = [moved.instance]
    const timer = { instanceId: instance.id, seq: moved.instance.seq }
    const decision = lead.happen('timer.due', timer, { origin: 'timer' }, later)
    expect(decision.commands.map(({ operation }) => operation)).to.deep.equal(['other', 'last'])
  })

  it('ends where the map says end', () => {
    const base = '{ id: a, wait: 2h }'
    const next = compiled(yamlOf('{ id: other, wait: 1h }'))
    const moved = migrateInstance(
      waitingIn(yamlOf(base)),
      compiled(yamlOf(base)),
      next,
      { a: 'end' },
      later,
      due,
    )
    expect(moved).to.have.nested.property('instance.state.status', 'done')
  })

  it('reads what the revision before this one wrote, and goes on', () => {
    const config = salesConfig(yamlOf('{ id: a, wait_for: { event: message.received } }'))
    const lead = new EntityUnderTest(config)
    lead.happen('lead.created')
    const [now] = lead.instances
    if (now === undefined) throw new Error('Nothing waits')
    const wait = { kind: 'event', eventType: 'message.received', where: null, until: null } as const
    lead.instances = [{ ...now, state: { status: 'waiting', stepId: 'a', wait } }]
    expect(lead.happen('message.received').commands).to.have.length(1)
  })

  it('is left to a newer version when that wrote it', () => {
    const lead = new EntityUnderTest(salesConfig(yamlOf('{ id: a, wait: 1h }')))
    lead.happen('lead.created')
    lead.instances = lead.instances.map(
      (one) => ({ ...one, state: { ...one.state, rev: 99 } }) as WorkflowInstance,
    )
    expect(() => lead.happen('message.received')).to.throw('newer version')
  })
})
