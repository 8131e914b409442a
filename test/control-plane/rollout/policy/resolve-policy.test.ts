import { expect } from 'chai'
import * as fc from 'fast-check'
import { resolvePolicy } from '../../../../src/control-plane/rollout/policy/resolve-policy.ts'
import { maturityOf, weightInStep } from '../../../../src/control-plane/rollout/policy/resolved-policy.ts'
import { policyOf } from '../judge/observed.ts'

const minuteMs = 60_000

describe('a resolved RolloutPolicy', () => {
  it('is the documented one where nothing is written', () => {
    const policy = resolvePolicy(null)
    expect(policy.steps.map(({ percent }) => percent)).to.deep.equal([
      ...Array.from({ length: 18 }, (_, index) => 5 * (index + 1)),
      95,
      100,
    ])
    expect(policy.steps[0]).to.deep.equal({
      index: 0,
      kind: 'percentage',
      percent: 5,
      tenants: null,
      minMs: 30 * minuteMs,
      minUnits: 59,
    })
    expect(policy.steps.slice(-2).map(({ kind, minMs }) => [kind, minMs])).to.deep.equal([
      ['bake', 30 * minuteMs],
      ['full', 24 * 60 * minuteMs],
    ])
    expect(policy.gate).to.deep.equal({
      beforeFull: 299,
      promotion: 'evidence',
      maxStepMs: 24 * 60 * minuteMs,
      onInsufficientData: 'hold',
    })
    expect(policy).to.deep.include({ name: null, unit: 'entity', autoRollback: true, inflight: 'finish' })
    expect(maturityOf(policy)).to.equal(2 * minuteMs)
  })

  it('writes the fast preset out with its own units', () => {
    const { steps } = policyOf({ ramp: { preset: 'fast' } })
    expect(steps.map(({ percent, minUnits }) => [percent, minUnits])).to.deep.equal([
      [5, 59],
      [10, 59],
      [25, 299],
      [50, 299],
      [95, 299],
      [100, 1],
    ])
  })

  it('goes on with the last number of a shorter list of units', () => {
    const { steps } = policyOf({ ramp: { steps: [1, 10, 50] }, gate: { minUnits: [10, 20] } })
    expect(steps.map(({ minUnits }) => minUnits)).to.deep.equal([10, 20, 20, 20, 1])
  })

  it('lets rings come first, and takes nothing away from them on the way up', () => {
    const policy = policyOf({
      rings: [{ tenants: ['own'] }, { tenants: ['pal'], percentage: 20 }],
      ramp: { steps: [10, 30] },
    })
    expect(policy.steps.map(({ kind }) => kind)).to.deep.equal([
      'ring',
      'ring',
      'percentage',
      'percentage',
      'bake',
      'full',
    ])
    const of = (tenant: string) => policy.steps.map((step) => weightInStep(policy, step, tenant))
    expect(of('own')).to.deep.equal([0.5, 0.5, 0.5, 0.5, 0.95, 1])
    expect(of('pal')).to.deep.equal([0, 0.2, 0.2, 0.3, 0.95, 1])
    expect(of('other')).to.deep.equal([0, 0, 0.1, 0.3, 0.95, 1])
  })

  it('rises to the bake and 100 %, whatever the numbers', () => {
    const percent = fc.integer({ min: 1, max: 1000 }).map((tenths) => tenths / 10)
    fc.assert(
      fc.property(
        percent,
        percent,
        fc.integer({ min: 1, max: 500 }),
        (initialPercentage, incrementPercentage, tenths) => {
          const { steps } = policyOf({
            ramp: { initialPercentage, incrementPercentage },
            bake: { holdback: tenths / 10 },
          })
          steps.forEach((step, index) => {
            expect(step.index).to.equal(index)
            expect(step.percent).to.be.within(0.1, 100)
            if (index > 0) expect(step.percent).to.be.greaterThan(steps[index - 1]?.percent ?? 0)
          })
          expect(steps.slice(-2).map(({ kind }) => kind)).to.deep.equal(['bake', 'full'])
        },
      ),
    )
  })
})
