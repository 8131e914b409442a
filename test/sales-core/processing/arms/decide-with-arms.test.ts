import { expect } from 'chai'
import fc from 'fast-check'
import type { SalesConfig } from '../../../../src/sales-core/compile/sales-config.ts'
import { newEntity } from '../../../../src/sales-core/decide/entity-state.ts'
import { chooseArm } from '../../../../src/sales-core/processing/arms/choose-arm.ts'
import { decideWithArms } from '../../../../src/sales-core/processing/arms/decide-with-arms.ts'
import type { ServedRollout } from '../../../../src/sales-core/processing/arms/served-rollout.ts'
import { UnitActions } from '../../../../src/sales-core/processing/arms/unit-actions.ts'
import { WarmUp } from '../../../../src/sales-core/processing/arms/warm-up.ts'
import { decideEvent } from '../../../../src/sales-core/processing/decide-event.ts'
import type { EventOutcome } from '../../../../src/sales-core/processing/decision-store.ts'
import { acmeId, someLoggedEvent } from '../../../support/events.ts'
import { someArmTools, someServedRollout } from '../../../support/rollout/served-rollout.ts'
import { salesConfig } from '../../../support/sales/sales-config.ts'

const rules = (...list: readonly string[]): string => `kind: RuleSet\nname: r\nrules:\n${list.join('\n')}\n`
const old = '  - { id: old, on: lead.created, then: [ { call: sink.old } ] }'
const fresh = '  - { id: fresh, on: lead.created, then: [ { call: sink.fresh } ] }'
const broken =
  '  - { id: broken, on: lead.created, when: 1 / lead.score > 0, then: [ { call: sink.fresh } ] }'
/** Fails for leads without a budget. */
const touchy =
  '  - { id: touchy, on: lead.created, when: 1 / lead.score > 0 || event.source == "x", then: [ { call: sink.fresh } ] }'

const baseline = salesConfig(rules(old))
const healthy = salesConfig(rules(fresh))
const failing = salesConfig(rules(fresh, broken))
const now = new Date('2026-03-05T12:00:00.000Z')
const tenant = { config: baseline, unknownEvents: 'accept' } as const
const entity = newEntity('default', { kind: 'lead', id: '42' })
const current = { entity, instances: [], definitions: new Map() }
const event = someLoggedEvent()

const run = (
  rollout: ServedRollout,
  {
    from = baseline,
    tools = someArmTools(),
    of = event,
  }: { from?: SalesConfig; tools?: ReturnType<typeof someArmTools>; of?: typeof event } = {},
) => decideWithArms(of, current, { baseline: { ...tenant, config: from }, rollout }, now, tools)
const alone = (config: SalesConfig): EventOutcome => decideEvent(event, current, { ...tenant, config }, now)
const commands = (outcome: EventOutcome) => (outcome.state === 'decided' ? outcome.decision.commands : [])

describe('deciding with a candidate beside its baseline', () => {
  it("writes the candidate's decision for its cohort and the baseline's for everybody else", () => {
    const inCohort = run(someServedRollout(healthy))
    expect(inCohort.outcome).to.deep.equal(alone(healthy))
    expect(inCohort.observation).to.include({ arm: 'candidate', failed: false, fellBack: false, actions: 1 })
    const outside = run(someServedRollout(healthy, { weight: 0.000_1 }))
    expect(outside.outcome).to.deep.equal(alone(baseline))
    expect(outside.observation).to.include({ arm: 'baseline', failed: false, configError: null })
  })

  it('records the digest of the configuration that decided, and ids that follow from the event alone', () => {
    const { outcome } = run(someServedRollout(healthy))
    expect(outcome.state === 'decided' && outcome.decision.configDigest).to.equal(healthy.digest)
    expect(run(someServedRollout(healthy)).outcome).to.deep.equal(outcome)
    expect(run(someServedRollout(healthy)).observation?.commandIds).to.deep.equal(
      commands(outcome).map(({ id }) => id),
    )
  })

  it("writes the baseline's decision when only the candidate fails, and says what failed", () => {
    const { outcome, observation } = run(someServedRollout(failing))
    expect(outcome).to.deep.equal(alone(baseline))
    expect(observation).to.deep.include({ arm: 'candidate', failed: true, fellBack: true, bothFailed: false })
    expect(observation?.configError).to.include({ document: 'RuleSet/r', code: 'NX-CONDITION-DATA' })
    expect(observation?.commandIds).to.deep.equal(commands(outcome).map(({ id }) => id))
  })

  it('holds nothing against the candidate when both fail', () => {
    const { outcome, observation } = run(someServedRollout(failing), {
      from: salesConfig(rules(old, broken)),
    })
    expect(outcome).to.deep.equal(alone(failing))
    expect(observation).to.deep.include({
      configError: null,
      bothFailed: true,
      fellBack: false,
      failed: true,
    })
  })

  it('blames nobody for data that fits neither configuration', () => {
    const of = someLoggedEvent({ data: { name: 5 } })
    for (const weight of [0, 1]) {
      const { outcome, observation } = run(someServedRollout(healthy, { weight }), { of })
      expect(outcome.state).to.equal('dead')
      expect(observation).to.deep.include({ failed: false, configError: null, bothFailed: false })
    }
  })

  it('goes on with the baseline when the candidate cannot be used, and tells why, for its cohort only', () => {
    const unusable = { document: 'revision', code: 'NX-CONFIG-STORED-INVALID', message: 'It does not fit' }
    const rollout = someServedRollout(healthy, { candidate: { unusable } })
    const { outcome, observation } = run(rollout)
    expect(outcome).to.deep.equal(alone(baseline))
    expect(observation).to.deep.include({ arm: 'candidate', configError: unusable, fellBack: true })
    expect(run({ ...rollout, weight: 0 }).observation?.configError).to.equal(null)
    expect(run({ ...rollout, phase: 'shadow', step: -1 }).observation).to.deep.include({
      arm: 'pair',
      configError: unusable,
    })
  })

  describe('in shadow', () => {
    const shadow = { phase: 'shadow', step: -1, weight: 0 } as const

    it('never changes what is written, whoever comes first and whatever the candidate does', () => {
      fc.assert(
        fc.property(
          fc.constantFrom(healthy, failing, salesConfig('')),
          fc.double({ min: 0, max: 0.999 }),
          (candidate, coin) => {
            const tools = someArmTools({ random: () => coin })
            const { outcome, observation } = run(someServedRollout(candidate, shadow), { tools })
            expect(outcome).to.deep.equal(alone(baseline))
            expect(observation).to.deep.include({ arm: 'pair', step: -1, commandIds: [], fellBack: false })
          },
        ),
      )
    })

    it('tells that the candidate alone failed', () => {
      const { observation } = run(someServedRollout(failing, shadow))
      expect(observation?.configError).to.include({ document: 'RuleSet/r' })
      const both = run(someServedRollout(failing, shadow), { from: salesConfig(rules(old, broken)) })
      expect(both.observation).to.deep.include({ configError: null, bothFailed: true })
    })

    it('times both, with what the policy allows the candidate taken off', () => {
      const timed = (candidateMs: number) => {
        // The coin says: baseline first. It takes 10 ms.
        const times = [0, 10, 10, 10 + candidateMs]
        const tools = someArmTools({ timeMs: () => times.shift() ?? 0 })
        return run(someServedRollout(healthy, shadow), { tools }).observation?.slow
      }
      expect([timed(10), timed(10.4), timed(10.6)]).to.deep.equal([false, false, true])
    })
  })

  it("calls a unit slow that takes longer than nine of ten of the baseline's", () => {
    let ms = 0
    let step = 0
    const tools = someArmTools({ timeMs: () => (step++ % 2 === 0 ? 0 : ms) })
    const outside = someServedRollout(healthy, { weight: 0 })
    ms = 1
    for (let n = 0; n < 49; n += 1) expect(run(outside, { tools }).observation?.slow).to.equal(null)
    run(outside, { tools })
    const slowAt = (took: number, rollout: ServedRollout) => {
      ms = took
      return run(rollout, { tools }).observation?.slow
    }
    const inside = someServedRollout(healthy)
    expect([slowAt(1, inside), slowAt(1.04, inside), slowAt(1.06, inside)]).to.deep.equal([
      false,
      false,
      true,
    ])
    expect([slowAt(1, outside), slowAt(1.04, outside)]).to.deep.equal([false, true])
  })

  it('does not hold the first decisions of a candidate against it: they measure the compiler', () => {
    const warmUp = new WarmUp()
    // The coin says: baseline first. It takes 1 ms, the candidate 100.
    const slow = () => {
      const times = [0, 1, 1, 101]
      const tools = someArmTools({ warmUp, timeMs: () => times.shift() ?? 0 })
      return run(someServedRollout(healthy, { phase: 'shadow', step: -1 }), { tools }).observation?.slow
    }
    for (let n = 0; n < 30; n += 1) expect(slow()).to.equal(null)
    expect(slow()).to.equal(true)
  })

  it('lets the baseline decide what goes over the cap of a unit, and counts what was asked', () => {
    const actions = new UnitActions()
    const greedy = salesConfig(rules(fresh, fresh.replace('id: fresh', 'id: more')))
    const rollout = someServedRollout(greedy, { actionsPerUnit: 3 })
    const next = (of = event) => {
      const batch = actions.batch()
      const result = run(rollout, { tools: someArmTools({ actions: batch }), of })
      batch.commit()
      return result
    }
    expect(next().observation).to.include({ actions: 2, fellBack: false })
    const over = next()
    expect(over.observation).to.include({ actions: 2, fellBack: true, configError: null, failed: false })
    expect(commands(over.outcome).map(({ operation }) => operation)).to.deep.equal(['old'])
    expect(over.outcome.state === 'decided' && over.outcome.decision.trace.notes.join()).to.include(
      'its cap is 3',
    )
    const another = someLoggedEvent({ tenantId: acmeId.replace(/1$/, '2') })
    expect(next(another).observation).to.include({ fellBack: false })
  })

  it('forgets what a batch asked for that was not committed', () => {
    const actions = new UnitActions()
    const rollout = someServedRollout(healthy, { actionsPerUnit: 1 })
    const batch = actions.batch()
    const tools = someArmTools({ actions: batch })
    expect(run(rollout, { tools }).observation?.fellBack).to.equal(false)
    expect(run(rollout, { tools }).observation?.fellBack).to.equal(true)
    batch.reset()
    expect(run(rollout, { tools }).observation?.fellBack).to.equal(false)
    expect(run(rollout).observation?.fellBack).to.equal(false)
  })

  it('names the watched signals that an event shows, and no others', () => {
    const score =
      'kind: LeadScore\nname: fit\nwrites: lead.score\nrange: [0, 100]\nfactors: [ { id: c, when: lead.country == "AE", points: 50 } ]\nbands: [ { name: hot, from: 40 }, { name: cold, from: 0 } ]\n'
    const scored = salesConfig(`${score}---\n${rules(fresh)}`)
    const signals = ['hot_lead_share', 'cold_lead_share', 'actions_per_unit', 'sends_per_unit']
    const of = (country: string) =>
      run(someServedRollout(scored, { signals }), { of: someLoggedEvent({ data: { name: 'Ada', country } }) })
        .observation?.signals
    expect(of('AE')).to.deep.equal(['hot_lead_share', 'actions_per_unit'])
    expect(of('FR')).to.deep.equal(['cold_lead_share', 'actions_per_unit'])
  })

  it("decides a replay of one rule under the unit's arm, and counts nothing of it", () => {
    const of = someLoggedEvent({ only: 'r/fresh' })
    const replayed = run(someServedRollout(healthy), { of })
    expect(replayed.observation).to.equal(null)
    expect(commands(replayed.outcome).map(({ operation }) => operation)).to.deep.equal(['fresh'])
  })

  it('gives every event one of the two decisions, that of its arm unless the candidate alone failed', () => {
    const configs = [baseline, healthy, failing, salesConfig(rules(touchy))]
    fc.assert(
      fc.property(
        fc.constantFrom(...configs),
        fc.constantFrom(...configs),
        fc.integer({ min: 0, max: 10_000 }),
        fc.integer({ min: 1, max: 500 }),
        (from, candidate, hundredths, id) => {
          const of = someLoggedEvent({ externalId: `${id}`, subject: { kind: 'lead', id: `${id}` } })
          const rollout = someServedRollout(candidate, { weight: hundredths / 10_000 })
          const state = { ...current, entity: newEntity('default', of.subject) }
          const as = (config: SalesConfig) => decideEvent(of, state, { ...tenant, config }, now)
          const arms = { baseline: { ...tenant, config: from }, rollout }
          const { outcome, observation } = decideWithArms(of, state, arms, now, someArmTools())
          const chosen = chooseArm(of, rollout)
          const ownFailed = observation?.configError !== null
          const used = chosen.arm === 'candidate' && !ownFailed ? candidate : from
          expect(outcome).to.deep.equal(as(used))
          expect(observation).to.deep.include({ ...chosen, fellBack: ownFailed, tenantId: of.tenantId })
        },
      ),
    )
  })
})
