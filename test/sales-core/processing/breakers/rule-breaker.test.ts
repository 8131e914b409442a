import { expect } from 'chai'
import fc from 'fast-check'
import type { RuleBreaker } from '../../../../src/sales-core/processing/breakers/rule-breaker.ts'
import {
  breakerAfter,
  ruleBreakerPolicy,
} from '../../../../src/sales-core/processing/breakers/rule-breaker.ts'

const { failuresMax, windowMs, openMs, openMsMax } = ruleBreakerPolicy
const failed = (failures: number) => ({ failures, successes: 0 })
const fine = { failures: 0, successes: 3 }

describe('the breaker of a rule', () => {
  it('opens after so many failures in one window, not after as many in two', () => {
    const some = breakerAfter(null, failed(failuresMax - 1), 0)
    expect(some?.openUntilMs).to.equal(null)
    expect(breakerAfter(some, failed(1), windowMs - 1)?.openUntilMs).to.equal(windowMs - 1 + openMs)
    expect(breakerAfter(some, failed(1), windowMs)?.openUntilMs).to.equal(null)
  })
  it('is on probation when its time is over: a success closes it, a failure opens it for twice as long', () => {
    const open = breakerAfter(null, failed(failuresMax), 0)
    expect(breakerAfter(open, fine, openMs - 1)).to.equal(open)
    expect(breakerAfter(open, fine, openMs)).to.equal(null)
    expect(breakerAfter(open, { failures: 1, successes: 5 }, openMs)?.openUntilMs).to.equal(3 * openMs)
    expect(breakerAfter(open, { failures: 0, successes: 0 }, openMs)).to.equal(open)
  })
  it('never stays open longer than its longest time, and is never closed by failures', () => {
    const step = fc.record({ afterMs: fc.nat(2 * openMsMax), failures: fc.nat(30), successes: fc.nat(2) })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        let now = 0
        let breaker: RuleBreaker | null = null
        for (const { afterMs, ...counts } of steps) {
          now += afterMs
          const wasOpen: boolean = breaker?.openUntilMs != null
          breaker = breakerAfter(breaker, counts, now)
          if (breaker?.openUntilMs != null) expect(breaker.openUntilMs - now).to.be.at.most(openMsMax)
          if (wasOpen && counts.failures > 0) expect(breaker?.openUntilMs ?? null).not.to.equal(null)
        }
      }),
    )
  })
})
