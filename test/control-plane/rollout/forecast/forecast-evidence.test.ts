import { expect } from 'chai'
import { forecastEvidence } from '../../../../src/control-plane/rollout/forecast/forecast-evidence.ts'
import { resolvePolicy } from '../../../../src/control-plane/rollout/policy/resolve-policy.ts'
import { policyOf } from '../judge/observed.ts'

const policy = resolvePolicy(null)

describe('the evidence forecast', () => {
  it('says how long 59 and 299 units take at 212 leads an hour', () => {
    const { hoursTo59, hoursTo299, firstShare } = forecastEvidence(policy, 212)
    expect(firstShare).to.equal(0.05)
    // 10.6 an hour at 5 %, until 59; then 10 % and 15 %.
    expect(hoursTo59).to.be.closeTo(5.57, 0.01)
    expect(hoursTo299).to.be.within(11, 28)
  })

  it('says how soon a broken candidate goes back: within the figures at 1,000 an hour', () => {
    const { catches } = forecastEvidence(policy, 1000)
    expect(catches.map(({ errorRate }) => errorRate)).to.deep.equal([1, 0.2, 0.1, 0.05, 0.02])
    const units = catches.map(({ medianUnits }) => medianUnits)
    expect(units[0]).to.be.within(2, 3)
    expect(units[1]).to.be.within(10, 16)
    expect(units[2]).to.be.within(24, 36)
    expect(units[3]).to.be.within(60, 85)
    expect(units[4]).to.be.within(250, 450)
    expect(catches[0]?.hours).to.be.within(0.02, 0.1)
  })

  it('counts what the clock and the units ask for in the length of the ramp', () => {
    // 19 steps of half an hour; at 1,000 an hour the first waits for its 59 units, 1.18 h, the second 0.59 h.
    expect(forecastEvidence(policy, 1_000_000).rampHours).to.equal(9.5)
    expect(forecastEvidence(policy, 1000).rampHours).to.be.closeTo(9.5 + 0.68 + 0.09, 1e-6)
    expect(forecastEvidence(policyOf({ ramp: { preset: 'fast' } }), 1_000_000).rampHours).to.equal(2.5)
  })

  it('promises nothing without traffic', () => {
    const none = forecastEvidence(policy, 0)
    expect([none.hoursTo59, none.hoursTo299, none.rampHours]).to.deep.equal([null, null, null])
    expect(none.catches.every(({ hours, medianUnits }) => hours === null && medianUnits > 0)).to.equal(true)
  })

  it('is the same each time it is asked', () => {
    expect(forecastEvidence(policy, 333)).to.deep.equal(forecastEvidence(policy, 333))
  })

  it('refuses a traffic that is none', () => {
    expect(() => forecastEvidence(policy, -1)).to.throw(RangeError)
    expect(() => forecastEvidence(policy, Number.NaN)).to.throw(RangeError)
  })
})
