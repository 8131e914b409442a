import { expect } from 'chai'
import * as fc from 'fast-check'
import { EventBucket } from '../../../src/messaging/intake/event-bucket.ts'

describe('the event bucket', () => {
  it('lets a burst pass, then one event for every token that came back', () => {
    const bucket = new EventBucket({ perSecond: 10, burst: 5 }, 0)
    expect([1, 1, 1, 1, 1].map((count) => bucket.take(count, 0))).to.deep.equal([0, 0, 0, 0, 0])
    expect(bucket.take(1, 0)).to.equal(100)
    expect(bucket.take(1, 99)).to.equal(1)
    expect(bucket.take(1, 100)).to.equal(0)
  })

  it('lets a batch above its burst pass when it is full, and makes it pay afterwards', () => {
    const bucket = new EventBucket({ perSecond: 10, burst: 5 }, 0)
    expect(bucket.take(20, 0)).to.equal(0)
    expect(bucket.take(1, 0)).to.equal(1_600)
    expect(bucket.state(0)).to.deep.equal({ remaining: 0, fullInMs: 2_000 })
  })

  it('takes nothing when it refuses, so that what it says to wait is enough', () => {
    fc.assert(
      fc.property(
        fc.record({
          perSecond: fc.integer({ min: 1, max: 5_000 }),
          burst: fc.integer({ min: 1, max: 5_000 }),
        }),
        fc.array(fc.tuple(fc.integer({ min: 1, max: 2_000 }), fc.integer({ min: 0, max: 3_000 })), {
          maxLength: 40,
        }),
        (rate, steps) => {
          const bucket = new EventBucket(rate, 0)
          let nowMs = 0
          for (const [count, passMs] of steps) {
            nowMs += passMs
            const waitMs = bucket.take(count, nowMs)
            if (waitMs === 0) continue
            nowMs += waitMs
            if (bucket.take(count, nowMs) > 1) throw new Error('It said to wait too short')
          }
        },
      ),
    )
  })

  it('never lets more pass in any stretch than its burst, its rate and one batch', () => {
    fc.assert(
      fc.property(
        fc.record({
          perSecond: fc.integer({ min: 1, max: 1_000 }),
          burst: fc.integer({ min: 1, max: 1_000 }),
        }),
        fc.array(fc.tuple(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 0, max: 500 })), {
          minLength: 1,
          maxLength: 60,
        }),
        (rate, steps) => {
          const bucket = new EventBucket(rate, 0)
          const passed: Array<{ atMs: number; count: number }> = []
          let atMs = 0
          for (const [count, passMs] of steps) {
            atMs += passMs
            if (bucket.take(count, atMs) === 0) passed.push({ atMs, count })
          }
          for (let from = 0; from < passed.length; from += 1) {
            let sum = 0
            for (let to = from; to < passed.length; to += 1) {
              const [first, last] = [passed[from], passed[to]]
              if (first === undefined || last === undefined) continue
              sum += last.count
              const allowed = rate.burst + ((last.atMs - first.atMs) / 1_000) * rate.perSecond + last.count
              if (sum > allowed + 0.001) throw new Error(`${sum} passed where ${allowed} may`)
            }
          }
        },
      ),
    )
  })

  it('keeps what was saved up when its rate changes, up to the new burst', () => {
    const bucket = new EventBucket({ perSecond: 10, burst: 100 }, 0)
    bucket.setRate({ perSecond: 1, burst: 3 }, 0)
    expect(bucket.take(3, 0)).to.equal(0)
    expect(bucket.take(1, 0)).to.equal(1_000)
  })
})
