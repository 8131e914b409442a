import { expect } from 'chai'
import { NxError } from '../../../../src/kernel/errors.ts'
import { silentLogger } from '../../../../src/kernel/logger.ts'
import type { LoggedEvent } from '../../../../src/messaging/events/event.ts'
import type { SalesConfig } from '../../../../src/sales-core/compile/sales-config.ts'
import type { ServedRollout } from '../../../../src/sales-core/processing/arms/served-rollout.ts'
import { EventProcessor } from '../../../../src/sales-core/processing/event-processor.ts'
import { ManualClock } from '../../../fakes/manual-clock.ts'
import { MemoryDecisionStore } from '../../../fakes/memory-decision-store.ts'
import { someLoggedEvent } from '../../../support/events.ts'
import { someServedRollout } from '../../../support/rollout/served-rollout.ts'
import { salesConfig } from '../../../support/sales/sales-config.ts'

const rule = (operation: string) =>
  `kind: RuleSet\nname: r\nrules: [ { id: hit, on: lead.created, then: [ { call: sink.${operation} } ] } ]\n`
const waiting = (operation: string) =>
  `kind: Workflow\nname: w\nfor: lead\nstart: { on: lead.created }\nsteps: [ { id: a, wait_for: { event: message.received } }, { id: b, call: sink.${operation} } ]\n`

function setup(baseline: SalesConfig, rollout: ServedRollout | null) {
  const store = new MemoryDecisionStore()
  const served = { rollout }
  const configs = {
    configFor: async () => ({ config: baseline, unknownEvents: 'accept' as const, rollout: served.rollout }),
    document: async () => null,
  }
  const processor = new EventProcessor({ store, configs, clock: new ManualClock(), logger: silentLogger })
  const operations = () =>
    store.outcomes.flatMap((outcome) =>
      outcome.state === 'decided' ? outcome.decision.commands.map(({ operation }) => operation) : [],
    )
  const observations = () => store.outcomes.flatMap(({ observation }) => observation ?? [])
  return { store, processor, served, operations, observations }
}

function created(id: string, change: Partial<LoggedEvent> = {}): LoggedEvent {
  return someLoggedEvent({
    externalId: `e-${id}`,
    subject: { kind: 'lead', id },
    data: { name: id },
    ...change,
  })
}

describe('event processor with a rollout', () => {
  it('observes nothing without one', async () => {
    const { processor, observations } = setup(salesConfig(rule('old')), null)
    await processor.process([created('1')], [])
    expect(observations()).to.deep.equal([])
    expect(processor.counters).to.include({ candidates: 0, pairs: 0, fellBack: 0 })
  })

  it('gives each unit its arm, and a batch that comes again the same ones', async () => {
    const rollout = someServedRollout(salesConfig(rule('new')), { weight: 0.3 })
    const events = Array.from({ length: 200 }, (_, index) => created(`${index}`))
    const armsOf = async (tries: number) => {
      const { processor, store, observations } = setup(salesConfig(rule('old')), rollout)
      let failures = tries
      store.refuse = () => {
        if (failures-- > 0) throw new Error('once more')
      }
      await processor.process(events, [])
      const arms = observations().map(({ unit, arm }) => `${unit} ${arm}`)
      return { arms: arms.toSorted(), candidates: arms.filter((arm) => arm.endsWith('candidate')).length }
    }
    const { arms, candidates } = await armsOf(0)
    expect(candidates).to.be.within(30, 90)
    expect((await armsOf(1)).arms).to.deep.equal(arms)
  })

  it("hands the baseline's state on when the candidate fell back", async () => {
    const broken = salesConfig(
      'kind: RuleSet\nname: r\nrules: [ { id: bad, on: lead.created, when: 1 / lead.score > 0, then: [ { call: sink.new } ] } ]\n',
    )
    const { processor, store, operations, observations } = setup(
      salesConfig(rule('old')),
      someServedRollout(broken),
    )
    await processor.process(
      [created('1'), created('1', { externalId: 'b', entitySeq: 2, data: { country: 'AE' } })],
      [],
    )
    expect(operations()).to.deep.equal(['old', 'old'])
    expect(store.entity('default/lead/1')?.fields).to.deep.equal({ name: '1', country: 'AE' })
    expect(observations().map(({ fellBack }) => fellBack)).to.deep.equal([true, true])
    expect(processor.counters).to.include({ candidates: 2, fellBack: 2, deadLetters: 0 })
  })

  it('moves an instance on with the definition that it was started with, whichever arm its events meet', async () => {
    const baseline = salesConfig(waiting('old'))
    const rollout = someServedRollout(salesConfig(waiting('new')))
    const started = [created('1')]
    const answered = [created('1', { externalId: 'm', entitySeq: 2, type: 'message.received', data: {} })]
    // The candidate's instance, with its arm at 100 % and then at none; the baseline's, the other way round.
    const ofCandidate = setup(baseline, rollout)
    await ofCandidate.processor.process(started, [])
    ofCandidate.served.rollout = { ...rollout, weight: 0 }
    await ofCandidate.processor.process(answered, [])
    expect(ofCandidate.operations()).to.deep.equal(['new'])
    const ofBaseline = setup(baseline, { ...rollout, weight: 0 })
    await ofBaseline.processor.process(started, [])
    ofBaseline.served.rollout = rollout
    await ofBaseline.processor.process(answered, [])
    expect(ofBaseline.operations()).to.deep.equal(['old'])
    const inOneBatch = setup(baseline, rollout)
    await inOneBatch.processor.process([...started, ...answered], [])
    expect(inOneBatch.operations()).to.deep.equal(['new'])
  })

  it('decides by the baseline what the candidate makes and no database takes', async () => {
    const { processor, store, operations, observations } = setup(
      salesConfig(rule('old')),
      someServedRollout(salesConfig(rule('new'))),
    )
    store.refuse = (outcomes) => {
      const made = outcomes.flatMap((outcome) =>
        outcome.state === 'decided' ? outcome.decision.commands : [],
      )
      if (made.some(({ operation }) => operation === 'new')) throw new Error('invalid byte sequence')
    }
    await processor.process([created('1'), created('2')], [])
    expect(operations()).to.deep.equal(['old', 'old'])
    expect(observations().map(({ configError }) => configError?.message)).to.deep.equal(
      Array(2).fill('invalid byte sequence'),
    )
    expect(processor.counters).to.include({ poisoned: 0, deadLetters: 0 })
  })

  it('leaves the candidate out of the last try of an event that kills, and blames it when that works', async () => {
    const error = new NxError('bug', 'NX-EVENT-KILLS', '2 processes died')
    for (const phase of ['live', 'shadow'] as const) {
      const rollout = someServedRollout(salesConfig(rule('new')), { phase, weight: phase === 'live' ? 1 : 0 })
      const { processor, operations, observations } = setup(salesConfig(rule('old')), rollout)
      await processor.processCarefully(created('1'), [], error)
      expect(operations()).to.deep.equal(['old'])
      expect(observations()[0]?.configError).to.include({
        code: 'NX-EVENT-KILLS',
        message: '2 processes died',
      })
    }
    const nobody = setup(salesConfig(rule('old')), someServedRollout(salesConfig(rule('new')), { weight: 0 }))
    await nobody.processor.processCarefully(created('1'), [], error)
    expect(nobody.observations()[0]?.configError).to.equal(null)
    const without = setup(salesConfig(rule('old')), null)
    await without.processor.processCarefully(created('1'), [], error)
    expect(without.operations()).to.deep.equal(['old'])
  })

  it('puts aside what neither of them can have stored', async () => {
    const { processor, store } = setup(salesConfig(rule('old')), someServedRollout(salesConfig(rule('new'))))
    store.refuse = (outcomes) => {
      if (outcomes.some(({ state }) => state === 'decided')) throw new Error('invalid byte sequence')
    }
    await processor.process([created('1')], [])
    expect(store.outcomes.map(({ state }) => state)).to.deep.equal(['dead'])
  })
})
