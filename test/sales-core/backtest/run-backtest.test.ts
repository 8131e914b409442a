import { expect } from 'chai'
import fc from 'fast-check'
import type {
  Condition,
  ConditionResult,
  VariableValues,
} from '../../../src/sales-core/conditions/condition-compiler.ts'
import { newEntity } from '../../../src/sales-core/decide/entity-state.ts'
import { runBacktest } from '../../../src/sales-core/backtest/run-backtest.ts'
import { withRules } from '../../../src/sales-core/rules/index/with-rules.ts'
import { salesConfig } from '../../support/sales/sales-config.ts'
import type { Given } from './recordings.ts'
import { backtestOf, inputOf, recorded } from './recordings.ts'

function config(hotFrom: number, threshold: number): string {
  return `
kind: LeadScore
name: fit
writes: lead.score
range: [0, 100]
factors:
  - { id: country, when: lead.country == "AE", points: 30 }
  - { id: replies, on: message.received, points: 10 }
bands:
  - { name: hot, from: ${hotFrom} }
  - { name: cold, from: 0 }
---
kind: RuleSet
name: inbound
rules:
  - id: price
    on: message.received
    when: event.text.contains("price") && lead.score >= ${threshold}
    then: [{ send: { channel: sms, text: "Hello {{ lead.name }}" } }]
`
}

const created = (lead: string, seq = 1): Given => ({
  lead,
  seq,
  type: 'lead.created',
  data: { name: 'Ada Lovelace', country: 'AE' },
})
const asked = (lead: string, seq: number): Given => ({
  lead,
  seq,
  type: 'message.received',
  data: { text: 'what is the price', direction: 'inbound' },
})

describe('a backtest', () => {
  const events = recorded([created('1'), created('2'), asked('1', 2), asked('1', 3)])

  it('finds nothing between a configuration and itself', async () => {
    const report = await backtestOf(config(50, 40), config(50, 40), events)
    expect(report.decisions).to.deep.equal({ changedEvents: 0, changedUnits: 0, changedUnitShare: 0 })
    expect(report.noise.events).to.equal(0)
    expect(report.events).to.include({ read: 4, replayed: 4 })
    expect(report.divergences).to.deep.equal([])
  })

  it('counts the rules, sends and bands that a threshold moves', async () => {
    const report = await backtestOf(config(50, 40), config(40, 50), events)
    expect(report.rules).to.deep.equal([
      { rule: 'RuleSet/inbound#price', baseline: 2, candidate: 1, added: 0, removed: 1 },
    ])
    const sends = report.actions.find(({ kind }) => kind === 'send')
    expect(sends).to.include({ name: 'sms', baseline: 2, candidate: 1, removed: 1 })
    const share = report.signals.find(({ name }) => name === 'sends_per_unit.sms')
    expect(share?.baseline).to.deep.equal({ count: 2, rate: 1 })
    expect(share?.candidate).to.deep.equal({ count: 1, rate: 0.5 })
    expect(report.decisions).to.include({ changedUnits: 1, changedUnitShare: 0.5 })
  })

  it('says of both sides which clause settled the rule', async () => {
    const report = await backtestOf(config(100, 40), config(100, 50), events)
    const [first] = report.divergences
    expect(first?.about).to.equal('RuleSet/inbound#price')
    expect(first?.baseline.why)
      .to.contain('fired: ')
      .and.to.contain('lead.score >= 40 is true (lead.score is 40)')
    expect(first?.candidate.why).to.equal('not fired: lead.score >= 50 is false (lead.score is 40)')
  })

  it('shows no text of an event or an entity unless it is asked for', async () => {
    const options = [config(100, 40), config(100, 50), events] as const
    const masked = JSON.stringify(await backtestOf(...options))
    expect(masked).not.to.contain('Lovelace').and.not.to.contain('what is the price')
    const shown = JSON.stringify(await backtestOf(...options, { showPayload: true }))
    expect(shown).to.contain('what is the price')
  })

  it('lets a state that differs go on differing', async () => {
    const report = await backtestOf(config(50, 40), config(40, 40), events)
    expect(report.bands).to.deep.include({ model: 'fit', from: 'cold', to: 'cold', units: 1 })
    expect(report.bands).to.deep.include({ model: 'fit', from: 'hot', to: 'hot', units: 1 })
    expect(report.divergences.map(({ kind }) => kind)).to.deep.equal(['band', 'score'])
  })

  it('has the same id and the same content for the same inputs', async () => {
    const one = await backtestOf(config(50, 40), config(40, 50), events)
    const two = await backtestOf(config(50, 40), config(40, 50), events, { batch: 1 })
    expect({ ...two, latency: null }).to.deep.equal({ ...one, latency: null })
    const other = await backtestOf(config(50, 40), config(40, 50), events.slice(0, 3))
    expect(other.id).not.to.equal(one.id)
  })

  it('counts events that fail in the candidate only', async () => {
    const failing = config(50, 40).replace('lead.score >= 40', 'int(event.text) > 0')
    const report = await backtestOf(config(50, 40), failing, events, {
      gates: { maxDecisionChange: null, maxNewErrors: 0, maxLatencyRatio: null },
    })
    expect(report.errors).to.include({ newlyFailing: 2, fixed: 0 })
    expect(report.errors.parts[0]).to.include({ part: 'RuleSet/inbound#price', baseline: 0, candidate: 2 })
    expect(report.gates).to.have.length(1)
    expect(report.gates[0]).to.include({ gate: 'max-new-errors', actual: 2, state: 'failed' })
    expect(report.divergences[0]?.kind).to.equal('error')
  })
})

/** The condition with another verdict. */
function ruledBy(
  { source, roots, reads, counts, calendars, variables }: Condition,
  verdict: (values: VariableValues) => ConditionResult,
): Condition {
  const evaluate = verdict
  const test: Condition['test'] = (slots) => verdict(slots.values)
  return { source, roots, reads, counts, calendars, variables, evaluate, test }
}

describe('noise', () => {
  it('is what the baseline decides differently twice, and no difference', async () => {
    const steady = salesConfig(config(50, 40))
    const seen = new Set<unknown>()
    // Says no to an event that it sees for the first time.
    const waver = (values: VariableValues): ConditionResult => {
      const { id } = values['meta'] as { id: string }
      const isKnown = seen.has(id)
      seen.add(id)
      return { state: 'value', value: isKnown }
    }
    const wavering = withRules(steady, (type) =>
      steady.rulesFor(type).map((rule) => ({ ...rule, when: rule.when && ruledBy(rule.when, waver) })),
    )
    const events = recorded([created('1'), asked('1', 2), created('2'), asked('2', 2), asked('2', 3)])
    const report = await runBacktest({ ...inputOf(events), baseline: wavering, candidate: steady })
    expect(report.noise.events).to.be.greaterThan(0)
    expect(report.decisions.changedEvents).to.equal(0)
    expect(report.divergences).to.deep.equal([])
  })
})

describe('what cannot be replayed', () => {
  const both = [config(50, 40), config(40, 50)] as const

  it('is an entity whose past is not known, counted and left out', async () => {
    const report = await backtestOf(...both, recorded([asked('1', 7), asked('1', 8), created('2')]))
    expect(report.notReplayed.byReason).to.have.length(1)
    expect(report.notReplayed.byReason[0]).to.include({ reason: 'state_unknown', events: 2 })
    expect(report).to.include({ units: 1 })
  })

  it('goes on from a past that is known', async () => {
    const entity = {
      ...newEntity('default', { kind: 'lead', id: '1' }),
      version: 6,
      appliedSeq: 6,
      fields: { name: 'Ada', country: 'AE' },
    }
    const past = {
      before: async () =>
        Promise.resolve(new Map([['default/lead/1', { state: 'known', entity, instances: [] } as const]])),
    }
    const report = await backtestOf(...both, recorded([asked('1', 7)]), { past })
    expect(report.notReplayed.events).to.equal(0)
    expect(report.rules).to.have.length(1)
  })

  it('is what comes after a gap, an event that comes twice, and a type that nobody declares', async () => {
    const report = await backtestOf(
      ...both,
      recorded([
        created('1'),
        asked('1', 3),
        created('2'),
        created('2'),
        { lead: '3', seq: 1, type: 'nobody.knows' },
      ]),
    )
    const reasons = Object.fromEntries(
      report.notReplayed.byReason.map(({ reason, events }) => [reason, events]),
    )
    expect(reasons).to.deep.equal({ gap_before: 1, repeated: 1, type_unknown: 1 })
    expect(report.events.replayed).to.equal(2)
  })

  it('is not an event that was committed a little late', async () => {
    const report = await backtestOf(...both, recorded([created('1'), asked('1', 3), asked('1', 2)]))
    expect(report.events.replayed).to.equal(3)
    expect(report.notReplayed.events).to.equal(0)
  })

  it('is data that fits neither side', async () => {
    const bad = recorded([{ lead: '1', seq: 1, type: 'lead.created', data: { name: 7 } }])
    const report = await backtestOf(...both, bad)
    expect(report.notReplayed.byReason[0]).to.include({ reason: 'data_unfit', events: 1 })
  })

  it('lets no gate pass without a replayed event', async () => {
    const report = await backtestOf(...both, [], {
      gates: { maxDecisionChange: 1, maxNewErrors: 100, maxLatencyRatio: 100 },
    })
    expect(report.gates.map(({ state }) => state)).to.deep.equal([
      'no_evidence',
      'no_evidence',
      'no_evidence',
    ])
  })
})

describe('a backtest in parts', () => {
  it('says the same whatever the batches and however many passes memory asks for', async () => {
    const step = fc.record({ lead: fc.integer({ min: 1, max: 9 }), price: fc.boolean() })
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 40 }),
        fc.integer({ min: 1, max: 7 }),
        async (steps, batch) => {
          const seqs = new Map<number, number>()
          const events = recorded(
            steps.map(({ lead, price }): Given => {
              const seq = (seqs.get(lead) ?? 0) + 1
              seqs.set(lead, seq)
              if (seq === 1) return created(String(lead))
              return price
                ? asked(String(lead), seq)
                : { ...asked(String(lead), seq), data: { text: 'hi', direction: 'inbound' } }
            }),
          )
          const whole = await backtestOf(config(50, 40), config(40, 50), events, { divergencesMax: 0 })
          const parts = await backtestOf(config(50, 40), config(40, 50), events, {
            divergencesMax: 0,
            batch,
            unitsMax: 3,
          })
          expect({ ...parts, latency: null }).to.deep.equal({ ...whole, latency: null })
          expect(whole.events.replayed).to.equal(events.length)
        },
      ),
      { numRuns: 40 },
    )
  })

  it('looks at the share of the entities that it is asked for, always the same ones', async () => {
    const events = recorded(Array.from({ length: 400 }, (_, index) => created(String(index))))
    const report = await backtestOf(config(50, 40), config(40, 50), events, { sample: 0.25 })
    const again = await backtestOf(config(50, 40), config(40, 50), events, { sample: 0.25, unitsMax: 50 })
    expect(report.units).to.be.within(60, 140)
    expect(again.units).to.equal(report.units)
    expect(again.id).to.equal(report.id)
  })
})
