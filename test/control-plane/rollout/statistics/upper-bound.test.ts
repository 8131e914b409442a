import { expect } from 'chai'
import * as fc from 'fast-check'
import {
  cleanEquivalentUnits,
  upperBound,
} from '../../../../src/control-plane/rollout/statistics/upper-bound.ts'

describe('the upper bound of an error rate', () => {
  // Clopper-Pearson, one-sided 95 %, as published tables have it.
  for (const [failures, units, rate] of [
    [0, 59, 0.0495],
    [0, 299, 0.00997],
    [1, 59, 0.0779],
    [2, 300, 0.02084],
    [5, 1000, 0.01048],
    [300, 10_000, 0.03296],
  ] as const) {
    it(`is ${rate} for ${failures} of ${units}`, () => {
      expect(upperBound(failures, units)).to.be.closeTo(rate, rate * 0.002)
    })
  }

  it('is 1 when nothing was observed or everything failed', () => {
    expect([upperBound(0, 0), upperBound(7, 7)]).to.deep.equal([1, 1])
  })

  it('leaves 5 % for so few failures or fewer, exactly', () => {
    // Term by term in logarithms, the other way to the same sum.
    const atMost = (failures: number, units: number, rate: number): number => {
      let sum = 0
      let logTerm = units * Math.log1p(-rate)
      for (let k = 0; k <= failures; k++) {
        sum += Math.exp(logTerm)
        logTerm += Math.log((units - k) / (k + 1)) + Math.log(rate) - Math.log1p(-rate)
      }
      return sum
    }
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 200 }), fc.integer({ min: 0, max: 199 }), (units, failures) => {
        fc.pre(failures < units)
        expect(atMost(failures, units, upperBound(failures, units))).to.be.closeTo(0.05, 1e-6)
      }),
    )
  })

  it('rises with failures, falls with units, and stays finite with millions', () => {
    expect(upperBound(3, 1000)).to.be.greaterThan(upperBound(2, 1000))
    expect(upperBound(3, 2000)).to.be.lessThan(upperBound(3, 1000))
    expect(upperBound(30_000, 10_000_000)).to.be.within(0.003, 0.0031)
  })

  it('counts 59 clean units as 59, and one failure among 59 as 36', () => {
    expect([
      cleanEquivalentUnits(0, 59),
      cleanEquivalentUnits(0, 299),
      cleanEquivalentUnits(1, 59),
    ]).to.deep.equal([59, 299, 36])
    expect(cleanEquivalentUnits(0, 0)).to.equal(0)
  })
})
