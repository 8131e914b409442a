import { expect } from 'chai'
import fc from 'fast-check'
import { median, percentile } from '../../../../bench/pipeline/harness/percentile.ts'

const hundred = Array.from({ length: 100 }, (_, index) => 100 - index)

describe('percentile', () => {
  it('is the value at the nearest rank, whatever the order of the samples', () => {
    expect(percentile(hundred, 0.5)).to.equal(50)
    expect(percentile(hundred, 0.99)).to.equal(99)
    expect(percentile(hundred, 1)).to.equal(100)
    expect(percentile([7], 0.01)).to.equal(7)
  })

  it('is a sample with at least that share of the samples at or below it', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer(), { minLength: 1 }),
        fc.double({ min: 0.01, max: 1, noNaN: true }),
        (samples, share) => {
          const found = percentile(samples, share)
          const below = samples.filter((sample) => sample <= found).length
          expect(samples).to.include(found)
          expect(below).to.be.at.least(share * samples.length)
        },
      ),
    )
  })

  it('is not a number without samples', () => {
    expect(percentile([], 0.5)).to.be.NaN
    expect(median([])).to.be.NaN
  })

  it('takes the mean of the two in the middle as the median of an even number', () => {
    expect(median([4, 1, 3, 2])).to.equal(2.5)
    expect(median([9, 1, 5])).to.equal(5)
  })
})
