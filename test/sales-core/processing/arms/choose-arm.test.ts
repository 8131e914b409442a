import { expect } from 'chai'
import fc from 'fast-check'
import { chooseArm } from '../../../../src/sales-core/processing/arms/choose-arm.ts'
import { acmeId } from '../../../support/events.ts'

const live = { candidateDigest: 'aaaaaaaa', unit: 'entity', phase: 'live', weight: 0.3 } as const
const lead = (id: string, workspace = 'default', tenantId = acmeId) => ({
  tenantId,
  workspace,
  subject: { kind: 'lead', id },
})
const ids = fc.string({ minLength: 1, maxLength: 12 })
const weights = fc.integer({ min: 0, max: 10_000 }).map((hundredths) => hundredths / 10_000)

describe('the arm of an event', () => {
  it('is that of the published test vectors', () => {
    const acme = '0190b5a4-0000-7000-8000-000000000001'
    const at = (id: string, weight: number) => chooseArm(lead(id, 'default', acme), { ...live, weight }).arm
    expect([at('2', 0.0035), at('2', 0.0036), at('1', 0.702), at('1', 0.7021)]).to.deep.equal([
      'baseline',
      'candidate',
      'baseline',
      'candidate',
    ])
  })

  it('stays the same for a unit, and a larger share only adds units', () => {
    fc.assert(
      fc.property(ids, weights, weights, (id, one, other) => {
        const [low, high] = [Math.min(one, other), Math.max(one, other)]
        const atLow = chooseArm(lead(id), { ...live, weight: low }).arm
        expect(chooseArm(lead(id), { ...live, weight: low }).arm).to.equal(atLow)
        if (atLow === 'candidate')
          expect(chooseArm(lead(id), { ...live, weight: high }).arm).to.equal('candidate')
      }),
    )
  })

  it('is the candidate for all units at 100 %, and for none at 0 %', () => {
    fc.assert(
      fc.property(ids, (id) => {
        expect(chooseArm(lead(id), { ...live, weight: 1 }).arm).to.equal('candidate')
        expect(chooseArm(lead(id), { ...live, weight: 0 }).arm).to.equal('baseline')
      }),
    )
  })

  it('is the baseline, without a unit, for an event about nobody', () => {
    expect(chooseArm(lead(''), { ...live, weight: 1 })).to.deep.equal({ arm: 'baseline', unit: null })
  })

  it('is the same for a whole workspace or a whole tenant when that is the unit', () => {
    fc.assert(
      fc.property(ids, ids, ids, ids, (one, other, workspace, another) => {
        const ofWorkspace = { ...live, unit: 'workspace', weight: 0.5 } as const
        expect(chooseArm(lead(one, workspace), ofWorkspace)).to.deep.equal(
          chooseArm(lead(other, workspace), ofWorkspace),
        )
        const ofTenant = { ...live, unit: 'tenant', weight: 0.5 } as const
        expect(chooseArm(lead(one, workspace), ofTenant)).to.deep.equal(
          chooseArm(lead(other, another), ofTenant),
        )
      }),
    )
  })

  it('is both for every unit in shadow', () => {
    expect(chooseArm(lead('1'), { ...live, phase: 'shadow', weight: 0 })).to.deep.equal({
      arm: 'pair',
      unit: 'lead/1',
    })
  })
})
