import { expect } from 'chai'
import fc from 'fast-check'
import { stringify } from 'yaml'
import type { JsonObject } from '../../../src/kernel/json.ts'
import type { Command } from '../../../src/messaging/commands/command.ts'
import { compileSalesConfig } from '../../../src/sales-core/compile/compile-sales-config.ts'
import type { SalesConfig } from '../../../src/sales-core/compile/sales-config.ts'
import { applyChange } from '../../../src/sales-core/decide/entity-draft.ts'
import type { Decision } from '../../../src/sales-core/decide/decision.ts'
import type { WorkflowInstance } from '../../../src/sales-core/workflows/workflow-instance.ts'
import { positionsOf } from '../../../src/sales-core/workflows/workflow-instance.ts'
import { EntityUnderTest, noon } from '../../support/sales/entity-under-test.ts'
import { anyIntegration, checkAll, leadTypes, salesDocuments } from '../../support/sales/sales-config.ts'

const condition = fc.constantFrom(
  'lead.budget > 10',
  'lead.country == "AE"',
  '"x" in lead.tags',
  '1 / lead.score > 0',
)
const goOn = fc.option(fc.constantFrom('s0', 's1', 's2', 's3', 'end'), { nil: undefined })
const team = 'kind: Team\nname: sdr\nmembers: [ { rep: sara, capacity: 2 }, { rep: omar, capacity: 1 } ]\n'

/** Steps that may stand anywhere. */
const plain: fc.Arbitrary<object> = fc.oneof(
  fc.record({
    set: fc.constantFrom(
      { 'lead.budget': 11 },
      { 'lead.country': 'AE' },
      { 'lead.temperature': '{{ lead.name }}' },
    ),
  }),
  fc.record({ add_tag: fc.constant('x') }),
  fc.record({ remove_tag: fc.constant('x') }),
  fc.record({ emit: fc.constant({ type: 'contact.unsubscribed', data: { reason: '{{ lead.name }}' } }) }),
  fc.record({ call: fc.constant('sink.hit'), with: fc.constant({ c: '{{ lead.country }}' }) }),
  fc.record({
    send: fc.constant({ channel: 'sms', text: 'Hi' }),
    fallback: fc.constant({ channel: 'email', text: 'Ho' }),
  }),
  fc.record({ wait: fc.constantFrom('1h', '2d') }),
  fc.record({ wait_for: fc.constant({ event: 'message.received' }), up_to: fc.constant('3h') }),
  fc.record({ assign: fc.constant({ team: 'sdr' }) }),
  fc.record({ task: fc.constant({ title: 'Call {{ lead.name }}', to: 'owner' }) }),
)

const inner = fc.array(plain, { minLength: 1, maxLength: 2 })
const sagaCall = fc.record({
  call: fc.constantFrom('crm.one', 'crm.two'),
  undo: fc.option(fc.constant({ call: 'crm.undo' }), { nil: undefined }),
})

const step: fc.Arbitrary<object> = fc.oneof(
  plain,
  fc.record({
    call: fc.constant('sink.look'),
    wait: fc.constant('result'),
    up_to: fc.constant('1h'),
    else: goOn,
  }),
  fc.record({
    call: fc.constant('sink.try'),
    retry: fc.constant({ max: 1, backoff: '1m' }),
    else: fc.constant('end'),
  }),
  fc.record({
    task: fc.constant({ title: 'Ring', to: 'sara' }),
    wait: fc.constant('done'),
    up_to: fc.constant('1d'),
  }),
  fc.record({ choose: fc.tuple(fc.record({ when: condition, go: fc.constantFrom('s0', 's3', 'end') })) }),
  fc.record({ split: fc.constant({ A: 1, B: 1 }), A: inner, B: inner, then: goOn }),
  fc.record({ parallel: fc.record({ left: inner, right: inner }), join: fc.constantFrom('all', 'any') }),
  fc.record({
    saga: fc.array(fc.oneof(sagaCall, plain), { minLength: 1, maxLength: 3 }),
    on_failure: fc.option(fc.constant({ task: { title: 'Help', to: 'owner' } }), { nil: undefined }),
  }),
  fc.record({ start: fc.constant('child'), wait: fc.option(fc.constant('done'), { nil: undefined }) }),
  fc.record({ wait_for: fc.constant({ event: 'message.received', since: 's0' }), up_to: fc.constant('3h') }),
)

/** Gives every step, however deep, an id. */
function withIds(steps: readonly object[], prefix: string): object[] {
  return steps.map((body, at) => {
    const id = `${prefix}${at}`
    const entries = Object.entries(body).map(([key, value]): [string, unknown] => {
      if (key === 'saga' || key === 'A' || key === 'B')
        return [key, withIds(value as object[], `${id}-${key.toLowerCase()}`)]
      if (key !== 'parallel') return [key, value]
      const branches = Object.entries(value as Record<string, object[]>)
      return [key, Object.fromEntries(branches.map(([name, list]) => [name, withIds(list, `${id}-${name}`)]))]
    })
    return { id, ...Object.fromEntries(entries) }
  })
}

const documents = fc.record({
  steps: fc.array(step, { minLength: 4, maxLength: 4 }),
  mode: fc.constantFrom('ignore', 'restart', 'queue', 'parallel'),
  ends: fc.constantFrom<object>(
    {},
    { stop_when: [{ on: 'contact.unsubscribed' }] },
    { goal: 'lead.budget > 40' },
  ),
})

function compiled({
  steps,
  mode,
  ends,
}: {
  steps: object[]
  mode: string
  ends: object
}): SalesConfig | null {
  const body = {
    kind: 'Workflow',
    name: 'w',
    for: 'lead',
    start: { on: 'lead.created' },
    enroll: { while_running: mode },
    budget: { steps: 40 },
    ...ends,
    steps: withIds(steps, 's'),
  }
  const child = 'kind: Workflow\nname: child\nfor: lead\nsteps: [ { id: c, wait: 1h } ]\n'
  const set = salesDocuments(`${leadTypes}${team}---\n${child}---\n${stringify(body)}`)
  if (checkAll(set).some(({ severity }) => severity !== 'warning')) return null
  return compileSalesConfig(set, 'd', anyIntegration, 'acme')
}

type Happening =
  | { readonly what: 'event'; readonly type: string; readonly data: JsonObject }
  | { readonly what: 'timer'; readonly nth: number }
  | { readonly what: 'answer'; readonly nth: number; readonly good: boolean }

const happening: fc.Arbitrary<Happening> = fc.oneof(
  fc.record({
    what: fc.constant('event' as const),
    type: fc.constant('lead.created'),
    data: fc.record({ name: fc.constant('Ada'), budget: fc.constantFrom(5, 50) }),
  }),
  fc.record({
    what: fc.constant('event' as const),
    type: fc.constantFrom('message.received', 'contact.unsubscribed'),
    data: fc.constant({}),
  }),
  fc.record({ what: fc.constant('timer' as const), nth: fc.nat(3) }),
  fc.record({ what: fc.constant('answer' as const), nth: fc.nat(5), good: fc.boolean() }),
)

/** A lead with its commands; `crashes`: everything it knows is written and read back after each event. */
class Life {
  readonly lead: EntityUnderTest
  readonly open: Command[] = []
  readonly #crashes: boolean

  constructor(config: SalesConfig, crashes: boolean) {
    this.lead = new EntityUnderTest(config)
    this.#crashes = crashes
  }

  live(next: Happening, at: Date): Decision | null {
    const decision = this.#happen(next, at)
    if (decision === null) return null
    this.open.push(...decision.commands)
    if (this.#crashes) {
      this.lead.instances = JSON.parse(JSON.stringify(this.lead.instances)) as WorkflowInstance[]
      this.lead.entity = JSON.parse(JSON.stringify(this.lead.entity)) as typeof this.lead.entity
    }
    return decision
  }

  #happen(next: Happening, at: Date): Decision | null {
    if (next.what === 'event') return this.lead.happen(next.type, next.data, {}, at)
    if (next.what === 'timer') {
      const due = this.lead.instances[next.nth % Math.max(1, this.lead.instances.length)]
      if (due?.state.status !== 'waiting' || due.state.wait.until === null) return null
      return this.lead.happen('timer.due', { instanceId: due.id, seq: due.seq }, { origin: 'timer' }, at)
    }
    const [command] = this.open.splice(next.nth % Math.max(1, this.open.length), 1)
    if (command === undefined) return null
    const { id: commandId, integration, operation, cause } = command
    const about = { commandId, integration, operation, cause }
    const ended = next.good
      ? { ...about, result: { id: 'r' } }
      : { ...about, error: { code: 'NX-NO', message: 'no', status: null } }
    return this.lead.happen(`command.${next.good ? 'succeeded' : 'failed'}`, ended, { origin: 'result' }, at)
  }
}

/** Answers everything and lets all time pass: what still waits then waits for an event, a task or nothing. */
function settle(life: Life, from: number): void {
  for (let turn = 0; turn < 3_000; turn += 1) {
    const at = new Date(noon.getTime() + (from + turn) * 86_400_000)
    const moved =
      life.live({ what: 'answer', nth: 0, good: turn % 2 === 0 }, at) ??
      life.live({ what: 'timer', nth: turn }, at)
    if (
      moved === null &&
      life.lead.instances.every(({ state }) => state.status !== 'waiting' || state.wait.until === null)
    )
      return
  }
}

describe('any workflow of the whole language under any events', () => {
  it('is the same after a crash at any moment, and never gets stuck on something that has an end', () => {
    let ran = 0
    fc.assert(
      fc.property(documents, fc.array(happening, { minLength: 3, maxLength: 20 }), (bodies, happenings) => {
        const config = compiled(bodies)
        if (config === null) return
        ran += 1
        const steady = new Life(config, false)
        const crashing = new Life(config, true)
        const ids = new Set<string>()
        const seqs = new Map<string, number>()
        let fields: JsonObject = {}
        const all = [{ what: 'event', type: 'lead.created', data: { name: 'Ada' } } as const, ...happenings]
        for (const [index, next] of all.entries()) {
          const at = new Date(noon.getTime() + index * 1_800_000)
          const decision = steady.live(next, at)
          expect(crashing.live(next, at)).to.deep.equal(decision)
          for (const { field, to } of decision?.changes ?? []) fields = applyChange(fields, field, to)
          expect(fields).to.deep.equal(steady.lead.entity.fields)
          for (const { id } of [...(decision?.commands ?? []), ...(decision?.emitted ?? [])]) {
            expect(ids.has(id)).to.equal(false)
            ids.add(id)
          }
          for (const { id, seq, state } of decision?.instances ?? []) {
            expect(seq).to.be.greaterThan(seqs.get(id) ?? 0)
            seqs.set(id, seq)
            const dues = positionsOf(state).map(({ wait }) => wait.until)
            const [first = null] = dues
            // Woken for what falls due first.
            for (const due of dues) if (due !== null) expect(first !== null && first <= due).to.equal(true)
          }
        }
        settle(steady, all.length)
        const stuck = steady.lead.instances.flatMap(({ state }) => positionsOf(state))
        for (const { wait } of stuck) expect(wait.kind).to.be.oneOf(['event', 'task', 'turn', 'workflow'])
      }),
      { numRuns: 150 },
    )
    expect(ran).to.be.greaterThan(50)
  })
})
