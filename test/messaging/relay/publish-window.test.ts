import { expect } from 'chai'
import fc from 'fast-check'
import {
  latencyClass,
  latencyClassMs,
  latencyQuantile,
} from '../../../src/messaging/ownership/daemon-stats.ts'
import { PublishWindow } from '../../../src/messaging/relay/publish-window.ts'
import { ManualClock } from '../../fakes/manual-clock.ts'

describe('the publish window', () => {
  it('counts per shard what was published within the last minute, and forgets it afterwards', () => {
    const clock = new ManualClock()
    const window = new PublishWindow(clock)
    window.published(1, 10)
    window.published(1, null)
    window.retried(2)
    clock.advance(30_000)
    window.published(1, 10)
    expect(window.read()).to.deep.equal({
      '1': { published: 3, retries: 0, latency: { [latencyClass(10)]: 2 } },
      '2': { published: 0, retries: 1, latency: {} },
    })
    clock.advance(31_000)
    expect(window.read()).to.deep.equal({
      '1': { published: 1, retries: 0, latency: { [latencyClass(10)]: 1 } },
    })
    clock.advance(61_000)
    expect(window.read()).to.deep.equal({})
  })

  it('keeps no more than a minute of slices, however long it runs', () => {
    const clock = new ManualClock()
    const window = new PublishWindow(clock)
    for (let second = 0; second < 3_600; second += 1) {
      window.published(1, 1)
      clock.advance(1_000)
    }
    expect(window.read()['1']?.published).to.be.within(55, 60)
  })

  it('reads quantiles that are at most a class above the true ones, never below', () => {
    const latencies = fc.array(fc.integer({ min: 0, max: 600_000 }), { minLength: 1, maxLength: 200 })
    fc.assert(
      fc.property(latencies, fc.constantFrom(0.5, 0.9, 0.99, 1), (all, share) => {
        const counts: Record<string, number> = {}
        for (const ms of all) counts[latencyClass(ms)] = (counts[latencyClass(ms)] ?? 0) + 1
        const exact = all.toSorted((a, b) => a - b)[Math.ceil(share * all.length) - 1] ?? 0
        const read = latencyQuantile([counts], share) ?? -1
        expect(read).to.be.at.least(exact - 0.01)
        expect(read).to.be.at.most(Math.max(1, exact * 1.19) + 0.01)
      }),
    )
    expect(latencyQuantile([{}], 0.5)).to.equal(null)
  })

  it('has classes that join without gaps', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 900_000, noNaN: true }), (ms) => {
        const number = latencyClass(ms)
        expect(latencyClassMs(number)).to.be.at.most(ms * 1.000001)
        expect(latencyClassMs(number + 1)).to.be.above(ms * 0.999999)
      }),
    )
  })
})
