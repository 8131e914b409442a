import { expect } from 'chai'
import fc from 'fast-check'
import { TokenBucket } from '../../../src/adapters/http/token-bucket.ts'

describe('TokenBucket', () => {
  it('lets a second of calls through at once, then one at a time', () => {
    const bucket = new TokenBucket(2, 0)
    expect([
      bucket.take(0, 10_000),
      bucket.take(0, 10_000),
      bucket.take(0, 10_000),
      bucket.take(0, 10_000),
    ]).to.deep.equal([0, 0, 500, 1_000])
  })

  it('books nothing when the wait would be too long', () => {
    const bucket = new TokenBucket(1, 0)
    bucket.take(0, 0)
    expect(bucket.take(0, 500)).to.equal(null)
    expect(bucket.take(1_000, 0)).to.equal(0)
  })

  it('never lets more through than its rate and one burst', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 50 }),
        fc.array(fc.integer({ min: 0, max: 400 }), { maxLength: 100 }),
        (rate, gaps) => {
          const bucket = new TokenBucket(rate, 0)
          let now = 0
          const calls: number[] = []
          for (const gap of gaps) {
            now += gap
            const wait = bucket.take(now, 5_000)
            if (wait !== null) calls.push(now + wait)
          }
          for (const from of calls) {
            const within = calls.filter((at) => at >= from && at <= from + 1_000).length
            expect(within).to.be.at.most(2 * rate + 2)
          }
        },
      ),
    )
  })
})
