import { expect } from 'chai'
import fc from 'fast-check'
import { newId } from '../../../src/kernel/ids.ts'
import { scheduleEvents } from '../../../src/sales-core/schedules/schedule-events.ts'
import type { ScheduleRun } from '../../../src/sales-core/schedules/schedule-run.ts'
import { explainScore } from '../../../src/sales-core/scoring/explain-score.ts'
import { withCurrentScores } from '../../../src/sales-core/scoring/current-scores.ts'
import { decayedType } from '../../../src/sales-core/scoring/score-events.ts'
import { problemsIn, leadTypes, salesConfig, shapeProblem } from '../../support/sales/sales-config.ts'
import { EntityUnderTest, noon } from '../../support/sales/entity-under-test.ts'

const day = 86_400_000
const inbound = { direction: 'inbound', text: 'hi' }
const fading = `kind: LeadScore
name: intent
writes: lead.score
factors:
  - { id: replied, on: message.received, points: 40, decay: { half_life: 7d } }
  - { id: budget, when: lead.budget > 1000, points: 10 }
bands:
  - { name: hot, from: 60, leave_below: 45, emit: lead.became_hot }
  - { name: warm, from: 20, emit: lead.became_warm }
---
`
const after = (days: number): Date => new Date(noon.getTime() + days * day)

function fadingLead(): EntityUnderTest {
  return new EntityUnderTest(salesConfig(fading), { budget: 5_000 })
}

describe('scores that fade', () => {
  it('halve with every half-life, without an event', () => {
    const lead = fadingLead()
    lead.happen('message.received', inbound)
    const points = [0, 7, 14, 70].map(
      (days) => explainScore(lead.entity, lead.config, after(days))[0]?.points,
    )
    expect(points).to.deep.equal([50, 30, 20, 10.04])
    expect(withCurrentScores(lead.entity, lead.config, after(7)).fields['score']).to.equal(30)
  })

  it('collect on what is left, and show rules the points of now', () => {
    const config = salesConfig(
      `${fading}kind: RuleSet\nname: r\nrules: [ { id: a, on: lead.created, when: lead.score == 30, then: [ { call: sink.hit } ] } ]`,
    )
    const lead = new EntityUnderTest(config, { budget: 5_000 })
    lead.happen('message.received', inbound)
    expect(lead.happen('lead.created', {}, {}, after(7)).commands).to.have.length(1)
    lead.happen('message.received', inbound, {}, after(14))
    expect(lead.entity.fields['score']).to.equal(60)
  })

  it('say in an explanation how old points are and what decay took', () => {
    const lead = fadingLead()
    lead.happen('message.received', inbound)
    const [score] = explainScore(lead.entity, lead.config, after(7))
    expect(score?.shares[0]).to.deep.equal({
      factor: 'replied',
      points: 20,
      why: 'message.received, 1 time, last 7d ago; 20 left of 40, half-life 7d',
      collectedAt: noon.toISOString(),
      given: 40,
      halfLifeMs: 7 * day,
    })
    expect(score).to.include({ band: 'warm', recorded: 50 })
  })

  it('know when they fall into another band, and tell it by the event of that instant', () => {
    const lead = fadingLead()
    lead.happen('message.received', inbound)
    lead.happen('message.received', inbound)
    expect(lead.entity.scores['intent']).to.include({ band: 'hot', points: 90 })
    const at = new Date(lead.entity.scores['intent']?.crossesAt ?? '')
    // 80 * 2^(-t / 7 days) + 10 falls below 45 when 35 are left, rounded: 34.995.
    const exact = noon.getTime() + 7 * day * Math.log2(80 / 34.995)
    expect(at.getTime()).to.be.closeTo(exact, 2)
    const before = new Date(at.getTime() - 1)
    expect(withCurrentScores(lead.entity, lead.config, before).scores['intent']?.band).to.equal('hot')
    const data = { model: 'intent', at: at.toISOString() }
    const decision = lead.happen(decayedType, data, { origin: 'timer' }, at)
    expect(decision.emitted.map(({ type }) => type)).to.deep.equal(['lead.became_warm'])
    expect(lead.entity.scores['intent']).to.include({ band: 'warm', points: 44.99 })
  })

  it('cross when the timer says so, even by a clock that runs behind', () => {
    const lead = fadingLead()
    lead.happen('message.received', inbound)
    lead.happen('message.received', inbound)
    const at = lead.entity.scores['intent']?.crossesAt ?? ''
    const behind = new Date(Date.parse(at) - 60_000)
    lead.happen(decayedType, { model: 'intent', at }, { origin: 'timer' }, behind)
    expect(lead.entity.scores['intent']?.band).to.equal('warm')
    expect(lead.entity.scores['intent']?.crossesAt).to.not.equal(at)
  })

  it('believe no producer outside that says the time has come', () => {
    const lead = fadingLead()
    lead.happen('message.received', inbound)
    const data = { model: 'intent', at: after(700).toISOString() }
    lead.happen(decayedType, data, { origin: 'external' })
    expect(lead.entity.fields['score']).to.equal(50)
  })

  it('are not computed anew from what a producer outside says was collected', () => {
    const lead = fadingLead()
    const data = { model: 'intent', emit: true, job: null, collected: { replied: 1_000 } }
    lead.happen('score.recomputed', data, { origin: 'external', source: 'neuronx/scores' })
    lead.happen('score.recomputed', data, { origin: 'emitted', source: 'crm' })
    expect(lead.entity.fields['score']).to.equal(10)
    lead.happen('score.recomputed', data, { origin: 'emitted', source: 'neuronx/scores' })
    expect(lead.entity.fields['score']).to.equal(100)
  })

  it('are what schedules look at, as they are at the time of the run', () => {
    const config = salesConfig(
      `${fading}kind: EventType\nname: lead.checked\nfields: {}\n---\nkind: Schedule\nname: check\nevery: 1h\nfor_each: { entity: lead, where: lead.score < 31 }\nemit: { type: lead.checked }\n`,
    )
    const lead = new EntityUnderTest(config, { budget: 5_000 })
    lead.happen('message.received', inbound)
    const [schedule] = config.schedules
    if (schedule === undefined) throw new Error('There is no schedule')
    const run = { id: newId(), tenantId: newId(), workspace: 'default', schedule: 'check' } as ScheduleRun
    const found = [0, 7].map((days) => {
      const visited = { ...run, dueAt: after(days).toISOString() }
      return scheduleEvents(schedule, visited, [lead.entity], config, after(days)).events.length
    })
    expect(found).to.deep.equal([0, 1])
  })

  it('rise again when what was taken away fades', () => {
    const yaml = fading.replace(
      '  - { id: budget',
      '  - { id: no-show, on: contact.unsubscribed, points: -60, decay: { half_life: 1d } }\n  - { id: budget',
    )
    const lead = new EntityUnderTest(salesConfig(yaml), { budget: 5_000 })
    lead.happen('message.received', inbound)
    lead.happen('contact.unsubscribed')
    expect(lead.entity.scores['intent']).to.include({ points: 0, band: null })
    const at = lead.entity.scores['intent']?.crossesAt ?? ''
    const decision = lead.happen(decayedType, { model: 'intent', at }, { origin: 'timer' }, new Date(at))
    expect(decision.emitted.map(({ type }) => type)).to.deep.equal(['lead.became_warm'])
    expect(lead.entity.fields['score']).to.be.at.least(20)
  })

  it('go on from what they have when a factor begins to fade', () => {
    const plain = new EntityUnderTest(salesConfig(fading.replace(', decay: { half_life: 7d }', '')))
    plain.happen('message.received', inbound)
    const lead = fadingLead()
    lead.entity = plain.entity
    lead.happen('lead.created', {}, { entitySeq: 2 }, after(3))
    expect(explainScore(lead.entity, lead.config, after(10))[0]?.points).to.equal(20)
  })
})

describe('caps', () => {
  const capped = (cap: string): string =>
    `kind: LeadScore\nname: intent\nwrites: lead.score\nfactors: [ { id: replied, on: message.received, points: 15, cap: ${cap} } ]\n---\n`

  it('let a window bring no more than its points, and free them as it moves on', () => {
    const lead = new EntityUnderTest(salesConfig(capped('{ points: 40, per: 7d }')))
    const points = [0, 1, 2, 3, 7.5, 8.5].map((days) => {
      lead.happen('message.received', inbound, {}, after(days))
      return lead.entity.fields['score']
    })
    expect(points).to.deep.equal([15, 30, 40, 40, 55, 70])
  })

  it('without a window limit what is held at once', () => {
    const lead = new EntityUnderTest(salesConfig(capped('{ points: 20 }')))
    lead.happen('message.received', inbound)
    lead.happen('message.received', inbound)
    expect(lead.entity.fields['score']).to.equal(20)
    lead.happen('message.received', inbound, {}, after(700))
    expect(lead.entity.fields['score']).to.equal(20)
  })

  it('change nothing of the entity when there is no room', () => {
    const lead = new EntityUnderTest(salesConfig(capped('{ points: 15, per: 7d }')))
    lead.happen('message.received', inbound)
    const { version } = lead.entity
    expect(lead.happen('message.received', inbound).entity.version).to.equal(version)
  })

  it('belong to factors of events, have a length, and fit what a window remembers', () => {
    const factor = (text: string): string =>
      `kind: LeadScore\nname: s\nwrites: lead.score\nfactors: [ { id: a, ${text} } ]`
    expect(shapeProblem(factor('when: lead.budget > 1, points: 1, cap: { points: 3, per: 1d }'))).to.contain(
      'belongs to factors of events',
    )
    expect(shapeProblem(factor('on: message.received, points: 1, decay: { half_life: 0s }'))).to.contain(
      'must be longer than nothing',
    )
    const wide = factor('on: message.received, points: 1, cap: { points: 101, per: 1d }')
    expect(problemsIn(`${leadTypes}${wide}`).join('\n')).to.contain(
      'NX-SCORE-CAP 101 points are 101 times 1; a window holds 100',
    )
  })
})

interface Happened {
  readonly at: number
  readonly reply: boolean
}

describe('collected points against a slow count over all that happened', () => {
  const model = { points: 15, capPoints: 40, perMs: 3 * day, halfLifeMs: 5 * day }
  const config = salesConfig(
    'kind: LeadScore\nname: intent\nwrites: lead.score\nrange: [0, 1000]\nfactors: [ { id: replied, on: message.received, points: 15, cap: { points: 40, per: 3d }, decay: { half_life: 5d } } ]\nbands: [ { name: hot, from: 30, leave_below: 20 } ]\n---\n',
  )
  const history = fc
    .array(fc.record({ gap: fc.integer({ min: 1, max: 2 * day }), reply: fc.boolean() }), { maxLength: 30 })
    .map((steps) => {
      let at = noon.getTime()
      return steps.map(({ gap, reply }): Happened => ({ at: (at += gap), reply }))
    })

  /** Every grant is looked at for itself. */
  function slowly(events: readonly Happened[], atMs: number): number {
    const grants: { at: number; points: number }[] = []
    for (const { at, reply } of events) {
      if (!reply || at > atMs) continue
      const used = grants
        .filter((grant) => grant.at > at - model.perMs)
        .reduce((sum, { points }) => sum + points, 0)
      const points = Math.min(model.points, model.capPoints - used)
      if (points > 0) grants.push({ at, points })
    }
    return grants.reduce((sum, { at, points }) => sum + points * 2 ** ((at - atMs) / model.halfLifeMs), 0)
  }

  function lived(events: readonly Happened[]): EntityUnderTest {
    const lead = new EntityUnderTest(config)
    for (const { at, reply } of events)
      lead.happen(reply ? 'message.received' : 'contact.unsubscribed', reply ? inbound : {}, {}, new Date(at))
    return lead
  }

  it('agrees at every instant', () => {
    fc.assert(
      fc.property(history, fc.integer({ min: 0, max: 30 * day }), (events, later) => {
        const lead = lived(events)
        const atMs = (events.at(-1)?.at ?? noon.getTime()) + later
        const points = explainScore(lead.entity, config, new Date(atMs))[0]?.points ?? 0
        expect(points).to.be.closeTo(slowly(events, atMs), 0.005 + 1e-6)
      }),
    )
  })

  it('is the same however often it was looked at, and whatever came between', () => {
    fc.assert(
      fc.property(history, (events) => {
        const end = new Date((events.at(-1)?.at ?? noon.getTime()) + day)
        const all = lived(events)
        const replies = lived(events.filter(({ reply }) => reply))
        for (const days of [9, 1, 4]) withCurrentScores(all.entity, config, after(days))
        const [left, right] = [all, replies].map(({ entity }) => explainScore(entity, config, end)[0]?.points)
        expect(left).to.be.closeTo(right ?? 0, 1e-9)
      }),
    )
  })

  it('changes band by decay at the instant foretold and at none before, and never flaps', () => {
    fc.assert(
      fc.property(history, (events) => {
        const lead = lived(events)
        const state = lead.entity.scores['intent']
        if (state === undefined) return
        const bandAt = (ms: number) =>
          withCurrentScores(lead.entity, config, new Date(ms)).scores['intent']?.band ?? null
        const last = events.at(-1)?.at ?? 0
        const crossing = state.crossesAt === undefined ? null : Date.parse(state.crossesAt)
        const until = crossing ?? last + 60 * day
        for (let step = 0; step < 20; step += 1) {
          const at = Math.floor(last + ((until - 1 - last) * step) / 20)
          expect(bandAt(at)).to.equal(state.band)
        }
        if (crossing === null) return
        expect(bandAt(crossing)).to.not.equal(state.band)
        lead.happen(
          decayedType,
          { model: 'intent', at: state.crossesAt ?? '' },
          { origin: 'timer' },
          new Date(crossing),
        )
        // Only points that come bring it back.
        expect(lead.entity.scores['intent']).to.include({ band: null })
        expect(lead.entity.scores['intent']?.crossesAt).to.equal(undefined)
      }),
    )
  })
})
