import { expect } from 'chai'
import { BaselineLatency } from '../../../../src/sales-core/processing/arms/baseline-latency.ts'

function fill(latency: BaselineLatency, tenant: string, type: string, times: number, scale = 1): void {
  for (let n = 1; n <= times; n += 1) latency.add(tenant, type, ((n % 10) + 1) * scale)
}

describe("the baseline's rolling latency", () => {
  it('says nothing before fifty times, and then where the slowest tenth begins', () => {
    const latency = new BaselineLatency()
    fill(latency, 'a', 'x', 49)
    expect(latency.isSlow('a', 'x', 1_000)).to.equal(null)
    fill(latency, 'a', 'x', 51)
    expect([latency.isSlow('a', 'x', 9), latency.isSlow('a', 'x', 9.1)]).to.deep.equal([false, true])
  })

  it('keeps tenants and types apart', () => {
    const latency = new BaselineLatency()
    fill(latency, 'a', 'x', 100)
    fill(latency, 'a', 'y', 100, 10)
    expect(latency.isSlow('a', 'x', 50)).to.equal(true)
    expect(latency.isSlow('a', 'y', 50)).to.equal(false)
    expect(latency.isSlow('b', 'x', 50)).to.equal(null)
  })

  it('follows what deciding takes now', () => {
    const latency = new BaselineLatency()
    fill(latency, 'a', 'x', 300)
    fill(latency, 'a', 'x', 600, 10)
    expect(latency.isSlow('a', 'x', 50)).to.equal(false)
  })

  it('forgets what was seen longest ago', () => {
    const latency = new BaselineLatency(2)
    for (const type of ['x', 'y', 'z']) fill(latency, 'a', type, 100)
    expect([latency.isSlow('a', 'x', 1), latency.isSlow('a', 'z', 1)]).to.deep.equal([null, false])
  })
})
