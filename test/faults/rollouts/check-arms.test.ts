import { expect } from 'chai'
import { bucketOf } from '../../../src/control-plane/rollout/assignment/assign-arm.ts'
import { checkArms } from './check-arms.ts'
import type { RolloutFacts, VariantDecision } from './rollout-facts.ts'

const candidateDigest = 'c'.repeat(64)
const tenantId = '0190b5a4-0000-7000-8000-000000000001'
const units = Array.from({ length: 100 }, (_, index) => `lead/${index}`)
const inShare = (unit: string): boolean => bucketOf(candidateDigest, tenantId, 'default', unit) < 5_000
const early = units.find(inShare) ?? ''
const late = units.find((unit) => !inShare(unit)) ?? ''

/** Half of the units from second 100 on, all of them from second 200 on, active from second 300 on. */
const sound: RolloutFacts = {
  ...{ id: 'r', candidateDigest, tenantId, variant: 'v1', state: 'completed', why: '' },
  ...{ startedMs: 100_000, endedMs: 300_000, configErrors: 0 },
  shares: [
    { atMs: 100_000, weight: 5_000 },
    { atMs: 200_000, weight: 10_000 },
    { atMs: 300_000, weight: 10_000 },
  ],
  counted: [{ step: 0, judged: 7, rows: 7 }],
}

const decided = (unit: string, entitySeq: number, atMs: number, variant: string): VariantDecision => ({
  ...{ eventId: `${unit}-${entitySeq}`, unit, entitySeq, atMs },
  ...{ configDigest: `digest of ${variant}`, wrote: variant },
})
const found = (rollout: RolloutFacts, ...decisions: readonly VariantDecision[]): readonly string[] =>
  checkArms({ rollouts: [rollout], decisions }).violations.map(({ what }) => what)

describe('the check of whom a candidate decided for', () => {
  it('finds nothing in a sound run, and counts who was behind its step', () => {
    const decisions = [
      decided(early, 1, 50_000, 'v0'),
      decided(early, 2, 150_000, 'v1'),
      decided(late, 1, 150_000, 'v0'),
      decided(late, 2, 205_000, 'v0'),
      decided(late, 3, 210_000, 'v1'),
      decided(early, 3, 400_000, 'v1'),
    ]
    const { violations, counts } = checkArms({ rollouts: [sound], decisions })
    expect(violations).to.deep.equal([])
    expect(counts).to.include({
      rollouts_completed: 1,
      decisionsOfCandidates: 2,
      decisionsBehindTheirStep: 1,
    })
  })

  it('finds a decision of the other arm, and one of a candidate before anybody was to see it', () => {
    expect(found(sound, decided(late, 1, 150_000, 'v1'))).to.deep.equal(['decided by v1, its arm is v0'])
    expect(found(sound, decided(early, 1, 150_000, 'v0'))).to.deep.equal(['decided by v0, its arm is v1'])
    expect(found(sound, decided(early, 1, 99_000, 'v1'))).to.deep.equal(['decided by v1, its arm is v0'])
  })

  it('finds a unit that went back, even where each decision alone may have been late', () => {
    const back = [decided(early, 1, 105_000, 'v1'), decided(early, 2, 110_000, 'v0')]
    expect(found(sound, ...back)).to.deep.equal(['went back from a candidate to what was before'])
  })

  it('finds a sound candidate that was taken back, a failure of its own, and a unit counted twice', () => {
    const back = { ...sound, state: 'rolled_back', why: 'it fails' }
    expect(found(back)).to.deep.equal(['a sound candidate is rolled_back: it fails'])
    expect(found({ ...sound, configErrors: 2 })).to.deep.equal(['2 failures of its own'])
    const twice = { ...sound, counted: [{ step: 0, judged: 8, rows: 7 }] }
    expect(found(twice)).to.deep.equal(['8 candidate units counted in step 0, there are 7'])
    const two = { ...decided(late, 1, 50_000, 'v0'), configDigest: 'digest of v1' }
    expect(found(sound, two, decided(early, 2, 150_000, 'v1'))).to.include('v0 and v1 under one digest')
  })
})
