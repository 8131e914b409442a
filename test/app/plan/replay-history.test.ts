import { expect } from 'chai'
import { replayHistory } from '../../../src/app/plan/replay-history.ts'
import { derivedId } from '../../../src/kernel/ids.ts'
import type { EventView } from '../../../src/messaging/reading/event-reader.ts'
import { newEntity } from '../../../src/sales-core/decide/entity-state.ts'
import { workflowShape } from '../../../src/sales-core/kinds/workflow-shape.ts'
import { DefinitionCache } from '../../../src/sales-core/processing/definition-cache.ts'
import type { WorkflowInstance } from '../../../src/sales-core/workflows/workflow-instance.ts'
import type { Given } from '../../sales-core/backtest/recordings.ts'
import { recorded, tenantId } from '../../sales-core/backtest/recordings.ts'
import { leadTypes, salesConfig, salesDocuments } from '../../support/sales/sales-config.ts'

const subject = { kind: 'lead', id: '1' }
const entityKey = 'default/lead/1'

const chase = (steps: string, more = '') => `
kind: Workflow
name: chase
for: lead
start: { on: lead.created${more} }
enroll: { while_running: parallel }
steps:
${steps}
`
const created = (seq: number): Given => ({ lead: '1', seq, type: 'lead.created', data: { name: 'Ada' } })

/** An instance of `chase` that these events began. */
function startedBy(event: EventView, change: Partial<WorkflowInstance> = {}): WorkflowInstance {
  return {
    id: derivedId('instance', tenantId, 'chase', entityKey, event.id),
    ...{ workflow: 'chase', definitionDigest: 'of-no-account', entityKey, seq: 1, vars: {}, steps: 1 },
    state: { status: 'waiting', stepId: 'pause', wait: { kind: 'timer', until: null as never } },
    startedByEventId: event.id,
    startedAt: event.acceptedAt,
    ...change,
  }
}

interface Story {
  readonly before: string
  readonly after: string
  readonly happened?: readonly Given[]
  /** Workflows that only older instances run by. */
  readonly older?: string
  /** Waited already when the life began. */
  readonly waited?: (digestOf: (yaml: string) => string) => Partial<WorkflowInstance>
  readonly minutes?: number
}

function digestOf(yaml: string): string {
  return salesConfig(yaml).workflow('chase')?.digest ?? ''
}

async function replay({ before, after, older = '', waited, happened, minutes = 30 }: Story) {
  const events = recorded(happened ?? [created(waited === undefined ? 1 : 7)]).map((event): EventView => ({
    ...event,
    shard: 0,
    status: 'published',
  }))
  const [first] = events as [EventView]
  const stored = [before, after, older].flatMap((yaml) =>
    salesDocuments(leadTypes + yaml)
      .ofKind(workflowShape)
      .map(({ document }) => document),
  )
  const definitions = new DefinitionCache({
    document: async (_tenant, digest) => stored.find((one) => one.digest === digest) ?? null,
  })
  const messages = {
    event: async () => first,
    events: async () => ({ items: events, cursor: null }),
  }
  const instances =
    waited === undefined ? [] : [startedBy(first, { id: derivedId('earlier'), ...waited(digestOf) })]
  const states = () => ({
    before: async () =>
      new Map([
        [entityKey, { state: 'known', entity: { ...newEntity('default', subject) }, instances } as const],
      ]),
  })
  return await replayHistory(
    { messages: messages as never, recordedPast: { states } as never, definitions },
    tenantId,
    startedBy(first),
    { before: salesConfig(before), after: salesConfig(after) },
    new Date(Date.parse(first.acceptedAt) + minutes * 60_000),
  )
}

const pauseThenText = (text: string, more = '') => `
  - { id: pause, wait: 1h }
  - { id: text, send: { channel: sms, text: "${text}" } }
${more}`
const dueIn10Minutes = { kind: 'timer', until: '2026-03-02T08:10:00Z' } as const
const waiting = (yaml: string) => (of: typeof digestOf) => ({
  definitionDigest: of(yaml),
  state: { status: 'waiting', stepId: 'pause', wait: dueIn10Minutes } as const,
})

describe('a life that is played to the new definition', () => {
  it('goes on with what its entity had under way, by the definition that is being replaced', async () => {
    const before = chase(pauseThenText('Hi'))
    const after = chase(pauseThenText('Hi', '  - { id: later, wait: 30d }'))
    expect(await replay({ before, after, waited: waiting(before) })).to.deep.equal({
      state: 'replayed',
      sameEffects: true,
      at: 'pause',
    })
  })

  it('and by one that neither side holds: what differs there is seen', async () => {
    const older = chase(pauseThenText('Good day', '  - { id: older, wait: 1d }'))
    const story = { older, waited: waiting(older), before: chase(pauseThenText('Hi')) }
    // The text follows the active definition.
    const other = await replay({ ...story, after: chase(pauseThenText('Hello')) })
    expect(other).to.include({ sameEffects: false, at: 'pause' })
    const same = await replay({ ...story, after: chase(pauseThenText('Hi', '  - { id: later, wait: 30d }')) })
    expect(same).to.include({ sameEffects: true, at: 'pause' })
  })

  const before = chase('  - { id: pause, wait: 1h }')
  const cases: ReadonlyArray<readonly [at: string, after: string]> = [
    ['end', chase('  - { id: text, send: { channel: sms, text: Hi } }')],
    ['failed', chase('  - { id: pause, wait: { at: "10:00", tz: contact, unknown_tz: fail } }')],
    ['not started', chase('  - { id: pause, wait: 1h }', ', when: lead.name == "Bob"')],
    ['not started', ''],
  ]
  for (const [at, after] of cases)
    it(`says that it would be at ${at}${after === '' ? ' when the workflow is gone' : ''}`, async () => {
      expect(await replay({ before, after })).to.include({ at })
    })

  it('says where it stands after it moved on and ended', async () => {
    expect(await replay({ before, after: before, minutes: 59 })).to.include({ at: 'pause' })
    expect(await replay({ before, after: before, minutes: 61 })).to.include({ at: 'end' })
  })

  it('hears once what its own events led to, though it is recorded as well', async () => {
    const types = `
kind: EventType
name: lead.warmed
fields: {}
---
kind: RuleSet
name: chain
rules:
  - { id: warm, on: message.received, then: [{ emit: { type: lead.warmed, data: {} } }] }
---`
    const twice = chase(`
  - { id: first, wait_for: { event: lead.warmed }, up_to: 30d }
  - { id: second, wait_for: { event: lead.warmed }, up_to: 30d }`)
    const message = { lead: '1', seq: 2, type: 'message.received', id: derivedId('message') }
    const happened: readonly Given[] = [
      created(1),
      { ...message, data: { text: 'Hello', direction: 'inbound' } },
      {
        lead: '1',
        seq: 3,
        type: 'lead.warmed',
        origin: 'emitted',
        causationId: message.id,
      },
    ]
    const yaml = types + twice
    expect(await replay({ before: yaml, after: yaml, happened })).to.include({ at: 'second' })
  })
})
