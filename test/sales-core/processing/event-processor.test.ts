import { expect } from 'chai'
import type { StoredDocument } from '../../../src/control-plane/documents/document.ts'
import { NxError } from '../../../src/kernel/errors.ts'
import { silentLogger } from '../../../src/kernel/logger.ts'
import type { LoggedEvent } from '../../../src/messaging/events/event.ts'
import type { UnknownEventPolicy } from '../../../src/platform/tenants/tenant.ts'
import type { SalesConfig } from '../../../src/sales-core/compile/sales-config.ts'
import { UnsettledEvents } from '../../../src/messaging/consume/unsettled-events.ts'
import type { Applied } from '../../../src/sales-core/processing/applied.ts'
import { EventProcessor } from '../../../src/sales-core/processing/event-processor.ts'
import { ManualClock } from '../../fakes/manual-clock.ts'
import { MemoryDecisionStore } from '../../fakes/memory-decision-store.ts'
import { leadTypes, salesConfig, salesDocuments } from '../../support/sales/sales-config.ts'
import { someLoggedEvent } from '../../support/events.ts'
import { workflowKind } from '../../../src/sales-core/kinds/workflow-kind.ts'

const hit =
  'kind: RuleSet\nname: r\nrules: [ { id: hit, on: lead.created, then: [ { call: sink.hit, with: { n: "{{ lead.name }}" } } ] } ]\n'

function setup(yaml = hit, unknownEvents: UnknownEventPolicy = 'accept') {
  const store = new MemoryDecisionStore()
  const active: { config: SalesConfig } = { config: salesConfig(yaml) }
  const documents = new Map<string, StoredDocument>()
  /** Workspaces whose stored documents do not fit this version. */
  const broken = new Set<string>()
  const configs = {
    configFor: async (_tenantId: string, workspace: string) => {
      if (broken.has(workspace))
        throw new NxError('configuration', 'NX-CONFIG-STORED-INVALID', 'It does not fit')
      return { config: active.config, unknownEvents }
    },
    document: async (_tenantId: string, digest: string) => documents.get(digest) ?? null,
  }
  const told: Applied[] = []
  const processor = new EventProcessor({
    ...{ store, configs, clock: new ManualClock(), logger: silentLogger },
    onApplied: (done) => told.push(done),
  })
  return { store, processor, active, documents, broken, told }
}

function created(seq: number, change: Partial<LoggedEvent> = {}): LoggedEvent {
  return someLoggedEvent({ externalId: `e${seq}`, entitySeq: seq, data: { name: `n${seq}` }, ...change })
}

function fired(lead: string, change: Partial<LoggedEvent> = {}): LoggedEvent {
  return someLoggedEvent({
    ...{ externalId: `fired-${lead}`, subject: { kind: 'lead', id: lead }, data: {} },
    ...{ type: 'timer.due', origin: 'timer', ...change },
  })
}

function letters(store: MemoryDecisionStore): readonly string[] {
  return store.outcomes
    .flatMap((outcome) => (outcome.state === 'dead' ? [outcome.deadLetter] : outcome.deadLetters))
    .map(({ source, class: deadClass, code, cause }) =>
      [source, deadClass, code, cause ?? ''].join(' ').trim(),
    )
}

describe('event processor', () => {
  it('carries the state from one event of an entity to the next inside a batch', async () => {
    const { store, processor } = setup()
    await processor.process(
      [
        created(1),
        created(2, { data: { country: 'AE' } }),
        created(1, { subject: { kind: 'lead', id: '43' } }),
      ],
      [],
    )
    expect(store.entity('default/lead/42')).to.deep.include({
      version: 2,
      appliedSeq: 2,
      fields: { name: 'n1', country: 'AE' },
    })
    expect(processor.counters).to.include({ applied: 3, commands: 3, deadLetters: 0 })
  })

  it('skips what was applied before', async () => {
    const { processor } = setup()
    await processor.process([created(1)], [])
    await processor.process([created(1), created(2)], [])
    expect(processor.counters).to.include({ applied: 2, duplicates: 1 })
  })

  it('puts an event aside whose data does not fit its type, and goes on', async () => {
    const { store, processor } = setup()
    await processor.process([created(1, { data: { name: 5 } }), created(2)], [])
    expect(letters(store)).to.deep.equal(['event invalid NX-EVENT-DATA'])
    expect(store.entity('default/lead/42')?.fields).to.deep.equal({ name: 'n2' })
  })

  it('handles an event that nobody declared as the tenant chose', async () => {
    const accepting = setup()
    await accepting.processor.process([created(1, { type: 'who.knows' })], [])
    expect(accepting.store.outcomes[0]?.state).to.equal('decided')
    const strict = setup(hit, 'dead_letter')
    await strict.processor.process([created(1, { type: 'who.knows' })], [])
    expect(letters(strict.store)).to.deep.equal(['event invalid NX-EVENT-UNKNOWN'])
  })

  it('knows what a test of an integration comes from, though nobody declared it', async () => {
    const strict = setup(hit, 'dead_letter')
    const data = { operation: 'message.send', command_id: 'c' }
    await strict.processor.process([created(1, { type: 'integration.test_requested', data })], [])
    expect(letters(strict.store)).to.deep.equal([])
  })

  it('writes a dead letter for the rule that failed, and keeps the effects of the others', async () => {
    const { store, processor } = setup(
      `${hit.replace(' ]\n', ', { id: bad, on: lead.created, when: 1 / lead.score > 0, then: [ { call: sink.hit } ] } ]\n')}`,
    )
    await processor.process([created(1)], [])
    expect(letters(store)).to.deep.equal(['rule poison NX-CONDITION-DATA RuleSet/r#bad'])
    expect(processor.counters).to.include({ commands: 1, deadLetters: 1 })
  })

  it('applies one by one when a batch cannot be stored, and puts the one to blame aside', async () => {
    const { store, processor } = setup()
    const bad = created(2)
    store.refuse = (outcomes) => {
      if (outcomes.some((outcome) => outcome.event.id === bad.id && outcome.state === 'decided'))
        throw new Error('invalid byte sequence')
    }
    await processor.process([created(1), bad, created(3)], [])
    expect(letters(store)).to.deep.equal(['event poison NX-EVENT-POISON'])
    expect(store.entity('default/lead/42')).to.deep.include({ appliedSeq: 3, fields: { name: 'n3' } })
    expect(processor.counters).to.include({ fallbacks: 1, poisoned: 1, applied: 3 })
  })

  it('puts the one to blame aside when it was missing on the bus and came with a later event', async () => {
    const { store, processor } = setup()
    const bad = created(1)
    store.log.push(bad, created(2))
    store.refuse = (outcomes) => {
      if (outcomes.some((outcome) => outcome.event.id === bad.id && outcome.state === 'decided'))
        throw new Error('invalid byte sequence')
    }
    await processor.process(
      [created(3), created(1, { externalId: 'o', subject: { kind: 'lead', id: '43' } })],
      [],
    )
    expect(letters(store)).to.deep.equal(['event poison NX-EVENT-POISON'])
    expect(store.entity('default/lead/42')).to.deep.include({ appliedSeq: 3, fields: { name: 'n3' } })
    expect(store.entity('default/lead/43')).to.deep.include({ appliedSeq: 1 })
  })

  it('puts only those events aside whose configuration this version cannot use', async () => {
    const { store, processor, broken } = setup()
    broken.add('globex')
    await processor.process(
      [
        created(1, { workspace: 'globex' }),
        created(2, { workspace: 'globex' }),
        created(1, { externalId: 'a' }),
      ],
      [],
    )
    expect(letters(store)).to.deep.equal(Array(2).fill('event invalid NX-CONFIG-STORED-INVALID'))
    expect(store.entity('default/lead/42')).to.deep.include({ appliedSeq: 1, fields: { name: 'n1' } })
    expect(processor.counters).to.include({ fallbacks: 0, commands: 1, deadLetters: 2 })
  })

  for (const [what, error] of [
    ['a conflict', new NxError('conflict', 'NX-DB-RETRY', 'Again', { retryable: true })],
    ['a lost lease', new NxError('conflict', 'NX-LEASE-LOST', 'Gone')],
  ] as const) {
    it(`leaves ${what} to the caller and blames no event for it`, async () => {
      const { store, processor } = setup()
      store.refuse = () => {
        throw error
      }
      const outcome = await processor.process([created(1)], []).catch((thrown: unknown) => thrown)
      expect(outcome).to.equal(error)
      expect(processor.counters).to.include({ poisoned: 0, fallbacks: 0 })
    })
  }

  it('finds the one to blame in a batch of 200 with a few transactions, and stores all others', async () => {
    const { store, processor } = setup()
    const events = Array.from({ length: 200 }, (_, index) =>
      created(1, { externalId: `b${index}`, subject: { kind: 'lead', id: `${index}` } }),
    )
    const bad = events[137]
    let transactions = 0
    store.refuse = (outcomes) => {
      transactions += 1
      if (outcomes.some((outcome) => outcome.event.id === bad?.id && outcome.state === 'decided'))
        throw new Error('invalid byte sequence')
    }
    await processor.process(events, [])
    expect(letters(store)).to.deep.equal(['event poison NX-EVENT-POISON'])
    expect(processor.counters).to.include({ applied: 200, poisoned: 1 })
    expect(transactions).to.be.at.most(1 + 2 * 8 + 2)
  })

  it('lets an event that cannot be stored now come again, and the rest of its batch pass', async () => {
    const { store, processor } = setup()
    const slow = created(1, { externalId: 's', subject: { kind: 'lead', id: '43' } })
    const timeout = new NxError('timeout', 'NX-DB-TIMEOUT', 'Too slow', { retryable: true })
    store.refuse = (outcomes) => {
      if (outcomes.some(({ event, state }) => event.id === slow.id && state === 'decided')) throw timeout
    }
    const batch = [created(1), slow, created(2)]
    for (const _try of [1, 2]) {
      const failure = await processor.process(batch, []).catch((error: unknown) => error)
      expect(failure).to.be.instanceOf(UnsettledEvents)
      expect((failure as UnsettledEvents).events).to.deep.equal([slow])
    }
    expect(store.entity('default/lead/42')).to.deep.include({ appliedSeq: 2 })
    await processor.process([slow], [])
    expect(letters(store)).to.deep.equal(['event poison NX-DB-TIMEOUT'])
  })

  it('does not give an event up while not even its dead letter can be stored', async () => {
    const { store, processor } = setup()
    store.refuse = () => {
      throw new NxError('timeout', 'NX-DB-TIMEOUT', 'Too slow', { retryable: true })
    }
    for (const _try of [1, 2, 3, 4, 5]) {
      const failure = await processor.process([created(1)], []).catch((error: unknown) => error)
      expect(failure).to.be.instanceOf(UnsettledEvents)
    }
    store.refuse = () => {}
    await processor.process([created(1)], [])
    expect(letters(store)).to.deep.equal([])
  })

  it('puts an event aside on demand, without deciding it', async () => {
    const { store, processor } = setup()
    await processor.putAside(created(1), [], new NxError('bug', 'NX-EVENT-KILLS', 'It kills'))
    expect(letters(store)).to.deep.equal(['event poison NX-EVENT-KILLS'])
    expect(processor.counters).to.include({ commands: 0, applied: 1 })
  })

  it('tells what each batch applied, whatever others apply meanwhile', async () => {
    const { processor, told } = setup()
    await Promise.all([
      processor.process([fired('1'), fired('2')], []),
      processor.process([created(1), fired('3')], []),
    ])
    await processor.process([fired('3')], [])
    expect(told).to.have.deep.members([
      { commands: 0, emitted: 0, timers: 2, fromOutside: 0 },
      { commands: 1, emitted: 0, timers: 1, fromOutside: 1 },
      { commands: 0, emitted: 0, timers: 0, fromOutside: 0 },
    ])
  })

  it('tells of the rest of a batch that failed in part', async () => {
    const { processor, store, told } = setup()
    const bad = fired('2')
    store.refuse = (outcomes) => {
      if (outcomes.some((outcome) => outcome.event.id === bad.id && outcome.state === 'decided'))
        throw new Error('invalid byte sequence')
    }
    await processor.process([fired('1'), bad, fired('3')], [])
    expect(told.reduce((sum, { timers }) => sum + timers, 0)).to.equal(3)
  })

  it('counts neither what is asked of workflows nor what is replayed as a timer that fired', async () => {
    const { processor, told } = setup()
    const ask = fired('1', { type: 'workflow.cancel', source: 'neuronx/workflows' })
    await processor.process([ask, fired('2', { rootId: ask.id })], [])
    expect(told).to.deep.equal([{ commands: 0, emitted: 0, timers: 0, fromOutside: 0 }])
  })

  it('keeps an instance on the definition it was started with', async () => {
    const old =
      'kind: Workflow\nname: w\nfor: lead\nstart: { on: lead.created }\nsteps: [ { id: a, wait_for: { event: message.received } }, { id: b, call: sink.old } ]\n'
    const { store, processor, active, documents } = setup(old)
    const [typed] = salesDocuments(leadTypes + old).ofKind(workflowKind)
    if (typed === undefined) throw new Error('No workflow')
    documents.set(typed.document.digest, typed.document)
    await processor.process([created(1)], [])
    active.config = salesConfig(old.replace('sink.old', 'sink.new'))
    await processor.process([created(2, { type: 'message.received', data: {} })], [])
    const commands = store.outcomes.flatMap((outcome) =>
      outcome.state === 'decided' ? outcome.decision.commands : [],
    )
    expect(commands.map(({ operation }) => operation)).to.deep.equal(['old'])
    expect(store.instances()[0]?.state.status).to.equal('done')
  })
})
