import { expect } from 'chai'
import fc from 'fast-check'
import type { ScoreParts } from '../../../src/sales-core/scoring/band-crossing.ts'
import { nextCrossing, scoreAt } from '../../../src/sales-core/scoring/band-crossing.ts'
import { bandOf } from '../../../src/sales-core/scoring/score-entity.ts'
import { salesConfig } from '../../support/sales/sales-config.ts'

const [score] = salesConfig(`kind: LeadScore
name: s
writes: lead.score
factors: [ { id: a, on: message.received, points: 1, decay: { half_life: 1h } } ]
bands: [ { name: hot, from: 60, leave_below: 45 }, { name: warm, from: 30, leave_below: 25 }, { name: cold, from: 5 } ]
---
`).scoresFor('lead')
if (score === undefined) throw new Error('There is no score')

const start = 1_800_000_000_000
const fading = fc.record({
  points: fc.double({ min: -80, max: 80, noNaN: true }),
  ageMs: fc.integer({ min: 0, max: 3_600_000 }),
  halfLifeMs: fc.integer({ min: 1_000, max: 7_200_000 }),
})

describe('when a score leaves its band', () => {
  it('is the first instant at which it has, points that were taken away included', () => {
    fc.assert(
      fc.property(fc.array(fading, { maxLength: 5 }), fc.integer({ min: -20, max: 80 }), (parts, steady) => {
        const given: ScoreParts = {
          steady,
          fading: parts.map(({ points, ageMs, halfLifeMs }) => ({
            held: { points, at: start - ageMs, given: points, times: 1 },
            halfLifeMs,
          })),
        }
        const band = bandOf(score.bands, null, scoreAt(score, given, start))
        const bandAt = (ms: number) => bandOf(score.bands, band, scoreAt(score, given, ms))
        const crossing = nextCrossing(score, given, band, start)
        const until = crossing ?? start + 40 * 7_200_000
        for (let step = 1; step <= 300; step += 1) {
          const at = Math.floor(start + ((until - 1 - start) * step) / 300)
          if (at >= start) expect(bandAt(at), `at ${at - start}`).to.equal(band)
        }
        if (crossing === null) return
        expect(crossing).to.be.above(start)
        expect(bandAt(crossing)).to.not.equal(band)
      }),
      { numRuns: 500 },
    )
  })
})
