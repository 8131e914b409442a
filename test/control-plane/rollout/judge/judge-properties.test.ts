import { expect } from 'chai'
import * as fc from 'fast-check'
import type { ArmCounts, RolloutCounts } from '../../../../src/control-plane/rollout/judge/counts.ts'
import { noCounts } from '../../../../src/control-plane/rollout/judge/counts.ts'
import { judge } from '../../../../src/control-plane/rollout/judge/judge.ts'
import type { ResolvedPolicy } from '../../../../src/control-plane/rollout/policy/resolved-policy.ts'
import type { RolloutPolicySpec } from '../../../../src/control-plane/rollout/policy/rollout-policy-spec.ts'
import { arm, factsOf, hourMs, policyOf } from './observed.ts'

const policies: fc.Arbitrary<ResolvedPolicy> = fc
  .record({
    ramp: fc.constantFrom<NonNullable<RolloutPolicySpec['ramp']>>(
      {},
      { preset: 'fast' as const },
      { steps: [1, 99] },
      { evaluationPeriod: '10s' },
    ),
    minUnits: fc.constantFrom(1, 59),
    beforeFull: fc.constantFrom(1, 299),
    promotion: fc.constantFrom('evidence' as const, 'time' as const),
    onInsufficientData: fc.constantFrom(
      'hold' as const,
      'extend' as const,
      'approve' as const,
      'rollback' as const,
    ),
    holdback: fc.constantFrom(0.5, 5, 50),
    shadowFirst: fc.boolean(),
    shadowUnits: fc.constantFrom(1, 299),
    autoRollback: fc.boolean(),
    signal: fc.constantFrom('hold' as const, 'rollback' as const),
  })
  .map(({ ramp, minUnits, beforeFull, promotion, onInsufficientData, holdback, signal, ...rest }) =>
    policyOf({
      ...rest,
      ramp,
      gate: { minUnits, beforeFull, promotion, onInsufficientData },
      bake: { holdback },
      signals: { hot: { expect: 0.5, onDivergence: signal } },
    }),
  )

const arms: fc.Arbitrary<ArmCounts> = fc
  .record({ units: fc.nat(100_000), failing: fc.double({ min: 0, max: 1, noNaN: true }), hot: fc.nat(100) })
  .map(({ units, failing, hot }) =>
    arm(units, Math.floor(units * failing), {
      signals: { hot: Math.min(units, hot) },
      slow: Math.floor(units / 10),
    }),
  )

describe('the judge, whatever the policy', () => {
  const moments = fc.record({
    policy: policies,
    step: fc.nat(30),
    shadow: fc.boolean(),
    nowMs: fc.nat(1000 * hourMs),
    approved: fc.boolean(),
  })

  it('neither goes on nor back on zero observations, but by time and labelled so', () => {
    fc.assert(
      fc.property(moments, ({ policy, step, shadow, nowMs, approved }) => {
        const at = Math.min(step, policy.steps.length - 1)
        const approvals = approved ? { [shadow ? 0 : at + 1]: ['ana', 'bo'] } : {}
        const facts = factsOf(nowMs, { step: shadow ? 'shadow' : at, approvals })
        const verdict = judge(noCounts, policy, nowMs, facts)
        if (policy.gate.promotion === 'time') {
          expect(verdict.verdict).to.be.oneOf(['hold', 'wait', 'promote', 'complete'])
          if (verdict.verdict === 'promote') expect(verdict.label).to.equal('advanced without evidence')
        } else expect(verdict.verdict).to.be.oneOf(['hold', 'wait'])
      }),
      { numRuns: 500 },
    )
  })

  it('goes on by one step at most, has no number that is not one, and says the same again', () => {
    fc.assert(
      fc.property(moments, arms, arms, ({ policy, step, shadow, nowMs }, candidate, baseline) => {
        const at = Math.min(step, policy.steps.length - 1)
        const weight = (policy.steps[at]?.percent ?? 0) / 100
        const counts: RolloutCounts = {
          ...noCounts,
          steps: [{ step: at, strata: [{ stratum: '*', weight, candidate, baseline }] }],
        }
        const facts = factsOf(nowMs, { step: shadow ? 'shadow' : at })
        const verdict = judge(counts, policy, nowMs, facts)
        if (verdict.verdict === 'promote') expect(verdict.to).to.equal(shadow ? 0 : at + 1)
        for (const { logE, e } of verdict.evidence.tests)
          expect([logE, e].every(Number.isFinite)).to.equal(true)
        expect(verdict.evidence.upperBound.rate).to.be.within(0, 1)
        const stored = JSON.parse(JSON.stringify(counts)) as RolloutCounts
        expect(judge(stored, policy, nowMs, facts)).to.deep.equal(verdict)
      }),
      { numRuns: 300 },
    )
  })
})
