import { expect } from 'chai'
import fc from 'fast-check'
import { explainScore } from '../../../src/sales-core/scoring/explain-score.ts'
import { bandOf } from '../../../src/sales-core/scoring/score-entity.ts'
import { salesConfig } from '../../support/sales/sales-config.ts'
import { EntityUnderTest, noon } from '../../support/sales/entity-under-test.ts'

const score = `kind: LeadScore
name: fit
writes: lead.score
range: [0, 100]
factors:
  - { id: country, when: 'lead.country in ["AE", "SA"]', points: 30 }
  - { id: budget, value: lead.budget, bands: { "0": 5, "10000": 20, "50000": 40 } }
  - { id: tagged, when: '"vip" in lead.tags', points: 10 }
  - { id: replied, on: message.received, when: event.direction == "inbound", points: 15 }
bands:
  - { name: hot, from: 60, leave_below: 45, emit: lead.became_hot }
  - { name: warm, from: 30 }
  - { name: cold, from: 0 }
---
`
const inbound = { direction: 'inbound', text: 'hi' }

describe('scoring', () => {
  it('recomputes state factors with every event and collects event factors', () => {
    const lead = new EntityUnderTest(salesConfig(score))
    lead.happen('lead.created', { country: 'AE', budget: 12_000 })
    expect(lead.entity.fields['score']).to.equal(50)
    lead.happen('message.received', inbound)
    lead.happen('message.received', inbound)
    lead.happen('message.received', { direction: 'outbound' })
    expect(lead.entity.fields['score']).to.equal(80)
    expect(lead.entity.scores['fit']).to.deep.include({ points: 80, band: 'hot', collected: { replied: 30 } })
    lead.happen('lead.created', { country: 'DE' })
    expect(lead.entity.fields['score']).to.equal(50)
  })

  it('stays inside its range', () => {
    const lead = new EntityUnderTest(salesConfig(score), { country: 'AE', budget: 90_000 })
    for (let count = 0; count < 5; count += 1) lead.happen('message.received', inbound)
    expect(lead.entity.fields['score']).to.equal(100)
  })

  it('emits the event of a band once when it is entered, with hysteresis on the way out', () => {
    const lead = new EntityUnderTest(salesConfig(score), { country: 'AE', budget: 12_000 })
    expect(
      lead.happen('message.received', inbound).emitted.map(({ type, data }) => [type, data]),
    ).to.deep.equal([
      ['lead.became_hot', { model: 'fit', band: 'hot', previousBand: null, score: 65, previousScore: 0 }],
    ])
    expect(lead.happen('message.received', inbound).emitted).to.deep.equal([])
    lead.happen('lead.created', { country: 'DE' })
    expect(lead.entity.scores['fit']).to.include({ points: 50, band: 'hot' })
    lead.happen('lead.created', { budget: 0 })
    expect(lead.entity.scores['fit']).to.include({ points: 35, band: 'warm' })
    expect(lead.happen('lead.created', { country: 'AE' }).emitted).to.have.length(1)
  })

  it('shows conditions of rules the score that the same event made', () => {
    const config = salesConfig(
      `${score}kind: RuleSet\nname: r\nrules: [ { id: a, on: message.received, when: lead.score == 65, then: [ { call: sink.hit } ] } ]`,
    )
    const lead = new EntityUnderTest(config, { country: 'AE', budget: 12_000 })
    expect(lead.happen('message.received', inbound).commands).to.have.length(1)
  })

  it('is computed once more when a rule changed what it reads', () => {
    const config = salesConfig(
      `${score}kind: RuleSet\nname: r\nrules: [ { id: a, on: lead.created, then: [ { add_tag: vip }, { call: sink.hit, with: { score: "{{ lead.score }}" } } ] } ]`,
    )
    const lead = new EntityUnderTest(config)
    const decision = lead.happen('lead.created', { country: 'AE' })
    expect(lead.entity.fields['score']).to.equal(40)
    expect(decision.commands[0]?.input).to.deep.equal({ score: 40 })
    expect(decision.trace.scores).to.have.length(1)
    expect(decision.trace.scores[0]).to.include({ from: 0, to: 40 })
  })

  it('records every share with its reason', () => {
    const lead = new EntityUnderTest(salesConfig(score))
    lead.happen('lead.created', { country: 'AE', budget: 12_000 })
    const [change] = lead.happen('message.received', inbound).trace.scores
    expect(change?.shares).to.deep.equal([
      { factor: 'country', points: 30, why: 'lead.country is "AE"' },
      { factor: 'budget', points: 20, why: 'lead.budget is 12000' },
      { factor: 'replied', points: 15, why: 'message.received with event.direction == "inbound", 1 time' },
    ])
    expect(explainScore(lead.entity, lead.config, noon)).to.deep.equal([
      {
        model: 'fit',
        writes: 'lead.score',
        points: 65,
        recorded: 65,
        band: 'hot',
        range: [0, 100],
        shares: change?.shares,
        crossesAt: null,
        isOfOldModel: false,
      },
    ])
  })

  it('lets a factor that fails count nothing, says so, and loses no points of the others', () => {
    const yaml = score.replace(`'lead.country in ["AE", "SA"]'`, '1 / lead.budget > 0')
    const lead = new EntityUnderTest(salesConfig(yaml), { budget: 0 })
    const decision = lead.happen('message.received', inbound)
    expect(lead.entity.fields['score']).to.equal(20)
    expect(decision.trace.notes.join()).to.contain('LeadScore/fit#country counted nothing')
  })

  it('puts an event factor that fails among the failed parts, so that it can be replayed', () => {
    const yaml = score.replace('event.direction == "inbound"', '1 / lead.budget > 0')
    const lead = new EntityUnderTest(salesConfig(yaml), { budget: 0 })
    const decision = lead.happen('message.received', inbound)
    expect(decision.trace.rules[0]).to.include({ rule: 'LeadScore/fit#replied', outcome: 'failed' })
    lead.entity = { ...lead.entity, fields: { ...lead.entity.fields, budget: 1 } }
    lead.happen('message.received', inbound, { origin: 'replay', only: 'fit/replied' })
    expect(lead.entity.scores['fit']?.collected).to.deep.equal({ replied: 15 })
  })

  it('holds a band down to its leave_below and enters it exactly at from', () => {
    const bands = [{ name: 'hot', from: 60, leaveBelow: 45, emit: null }]
    const walk = (current: string | null, points: readonly number[]) =>
      points.map((at) => bandOf(bands, current, at))
    expect(walk('hot', [60, 45, 44.9])).to.deep.equal(['hot', 'hot', null])
    expect(walk(null, [60, 59.9, 45])).to.deep.equal(['hot', null, null])
  })

  it('never changes band without crossing a border', () => {
    const bands = [
      { name: 'hot', from: 60, leaveBelow: 45, emit: null },
      { name: 'warm', from: 30, leaveBelow: 30, emit: null },
    ]
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 100 }), { maxLength: 50 }), (points) => {
        let band: string | null = null
        for (const now of points) {
          const next: string | null = bandOf(bands, band, now)
          if (now >= 60) expect(next).to.equal('hot')
          if (now < 30) expect(next).to.equal(null)
          if (now >= 45 && band === 'hot') expect(next).to.equal('hot')
          if (next === 'hot' && band !== 'hot') expect(now).to.be.at.least(60)
          band = next
        }
      }),
    )
  })
})
