import { expect } from 'chai'
import * as fc from 'fast-check'
import {
  rateAboveLogE,
  rateOutsideLogE,
  relativeLogE,
  sampleRatioLogE,
} from '../../../../src/control-plane/rollout/statistics/e-process.ts'

const share = fc.double({ min: 0.01, max: 0.99, noNaN: true })
const count = fc.integer({ min: 0, max: 1_000_000 })

describe('the e-processes', () => {
  it('start at no evidence', () => {
    expect(relativeLogE([])).to.be.closeTo(0, 1e-12)
    expect(relativeLogE([{ share: 0.05, candidate: 0, baseline: 0 }])).to.be.closeTo(0, 1e-12)
    expect(rateAboveLogE(0, 0, 0.01)).to.equal(0)
    expect(rateOutsideLogE(0, 0, 0.1, 0.2)).to.be.closeTo(0, 1e-12)
  })

  it('expect no growth from a failure that is as likely in either arm: E stays 1 on average', () => {
    fc.assert(
      fc.property(
        share,
        fc.integer({ min: 0, max: 20 }),
        fc.integer({ min: 0, max: 20 }),
        (w, candidate, baseline) => {
          const now = Math.exp(relativeLogE([{ share: w, candidate, baseline }]))
          const afterCandidate = Math.exp(relativeLogE([{ share: w, candidate: candidate + 1, baseline }]))
          const afterBaseline = Math.exp(relativeLogE([{ share: w, candidate, baseline: baseline + 1 }]))
          expect((w * afterCandidate + (1 - w) * afterBaseline) / now).to.be.closeTo(1, 1e-9)
        },
      ),
    )
  })

  it('expect no growth from a unit at the threshold, and less below it', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 0, max: 400 }), (adverse, fine) => {
        const value = (more: number, units: number) =>
          Math.exp(rateAboveLogE(adverse + more, adverse + fine + units, 0.01))
        const grown = (rate: number) => (rate * value(1, 1) + (1 - rate) * value(0, 1)) / value(0, 0)
        expect(grown(0.01)).to.be.closeTo(1, 1e-9)
        expect(grown(0.005)).to.be.lessThan(1)
      }),
    )
  })

  it('need three failures of the candidate and none of the baseline at 5 %', () => {
    const limit = Math.log(1 / 0.004)
    expect(relativeLogE([{ share: 0.05, candidate: 2, baseline: 0 }])).to.be.lessThan(limit)
    expect(relativeLogE([{ share: 0.05, candidate: 3, baseline: 0 }])).to.be.at.least(limit)
  })

  it('say nothing where there is no control', () => {
    for (const alone of [0, 1]) {
      expect(relativeLogE([{ share: alone, candidate: 50, baseline: 0 }])).to.be.closeTo(0, 1e-12)
    }
  })

  it('stay numbers with a million failures', () => {
    fc.assert(
      fc.property(share, count, count, (w, candidate, baseline) => {
        expect(relativeLogE([{ share: w, candidate, baseline }])).to.satisfy(Number.isFinite)
        expect(rateAboveLogE(candidate, candidate + baseline, 0.01)).to.satisfy(Number.isFinite)
        expect(rateOutsideLogE(candidate, candidate + baseline, 0.2, 0.3)).to.satisfy(Number.isFinite)
      }),
    )
  })

  it('grow when a rate leaves its range on either side, and not inside', () => {
    const limit = Math.log(500)
    expect(rateOutsideLogE(170, 1000, 0.09, 0.11)).to.be.at.least(limit)
    expect(rateOutsideLogE(50, 1000, 0.09, 0.11)).to.be.at.least(limit)
    expect(rateOutsideLogE(100, 1000, 0.09, 0.11)).to.be.lessThan(0)
    expect(rateOutsideLogE(40, 1000, 0, 0)).to.be.at.least(limit)
    expect(rateOutsideLogE(1000, 1000, 0, 1)).to.be.lessThan(limit)
  })

  it('see units that are not counted in the shares they were assigned in', () => {
    const limit = Math.log(1000)
    expect(sampleRatioLogE([{ weight: 0.5, candidate: 500, baseline: 500 }])).to.be.lessThan(limit)
    expect(sampleRatioLogE([{ weight: 0.5, candidate: 400, baseline: 600 }])).to.be.at.least(limit)
    expect(sampleRatioLogE([{ weight: 0.05, candidate: 100, baseline: 900 }])).to.be.at.least(limit)
  })
})
