import { expect } from 'chai'
import * as fc from 'fast-check'
import { readFileSync } from 'node:fs'
import {
  assignArm,
  bucketCount,
  bucketOf,
} from '../../../../src/control-plane/rollout/assignment/assign-arm.ts'

const key = (unit: string | null, candidateDigest = 'c'.repeat(64)) => ({
  candidateDigest,
  tenantId: '0190b5a4-0000-7000-8000-000000000001',
  workspace: 'default',
  unit,
})
const armOf = (unit: string, weight: number, digest?: string) => assignArm(key(unit, digest), weight).arm

describe('the assignment of units', () => {
  it('gives the buckets that docs/rollout.md publishes', () => {
    const docs = readFileSync(new URL('../../../../docs/rollout.md', import.meta.url), 'utf8')
    const vectors = [
      ...docs.matchAll(/^\| `([^`]*)` +\| `([^`]*)` +\| `([^`]*)` +\| `([^`]*)` +\| +(\d+) \|$/gm),
    ]
    expect(vectors).to.have.length(6)
    for (const [, digest = '', tenant = '', workspace = '', unit = '', bucket] of vectors) {
      expect(bucketOf(digest, tenant, workspace, unit), unit).to.equal(Number(bucket))
    }
  })

  it('does not confuse parts that run together', () => {
    expect(bucketOf('ab', 'c', 'd', 'e')).not.to.equal(bucketOf('a', 'bc', 'd', 'e'))
    expect(bucketOf('a', 'b', 'c', 'de')).not.to.equal(bucketOf('a', 'b', 'cd', 'e'))
  })

  it('is sticky: the same unit has the same arm whenever it is asked for', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), fc.double({ min: 0, max: 1, noNaN: true }), (unit, weight) => {
        expect(assignArm(key(unit), weight)).to.deep.equal(assignArm(key(unit), weight))
      }),
    )
  })

  it('is nested: a larger share keeps every unit of a smaller one', () => {
    const shares = fc.double({ min: 0, max: 1, noNaN: true })
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), shares, shares, (unit, one, other) => {
        const [small, large] = [Math.min(one, other), Math.max(one, other)]
        if (armOf(unit, small) === 'candidate') expect(armOf(unit, large)).to.equal('candidate')
      }),
    )
  })

  it('gives nobody at 0 and everybody at 100 %', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), (unit) => {
        expect([armOf(unit, 0), armOf(unit, 1)]).to.deep.equal(['baseline', 'candidate'])
      }),
    )
  })

  it('leaves an event without a unit on the baseline, and says so', () => {
    for (const unit of [null, '']) {
      expect(assignArm(key(unit), 1)).to.deep.equal({ arm: 'baseline', bucket: null, unassignable: true })
    }
  })

  it('spreads units evenly over the buckets (chi-square, 100 classes)', () => {
    const classes = new Array<number>(100).fill(0)
    const units = 50_000
    for (let index = 0; index < units; index++) {
      const bucket = bucketOf('c'.repeat(64), 'tenant', 'default', `lead/${index}`)
      classes[Math.floor(bucket / (bucketCount / 100))]! += 1
    }
    const wanted = units / 100
    const chiSquare = classes.reduce((sum, seen) => sum + (seen - wanted) ** 2 / wanted, 0)
    // 99 degrees of freedom: above 148.2 with a probability of 0.1 %, below 56 with as little.
    expect(chiSquare).to.be.within(56, 149)
  })

  it('draws another cohort for another candidate: the two have no more in common than chance', () => {
    const units = Array.from({ length: 20_000 }, (_, index) => `lead/${index}`)
    const first = units.filter((unit) => armOf(unit, 0.1) === 'candidate')
    const both = first.filter((unit) => armOf(unit, 0.1, 'd'.repeat(64)) === 'candidate')
    expect(first.length).to.be.within(1850, 2150)
    expect(both.length).to.be.within(150, 250)
  })
})
