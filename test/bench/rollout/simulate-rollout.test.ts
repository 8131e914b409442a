import { expect } from 'chai'
import { rolloutCases } from '../../../bench/rollout/rollout-cases.ts'
import { measureCase, simulatedPolicy } from '../../../bench/rollout/run-rollout-bench.ts'
import type { RolloutFigures } from '../../../bench/rollout/run-rollout-bench.ts'
import { simulateRollout } from '../../../bench/rollout/simulate-rollout.ts'
import { seededTrials } from '../../../src/control-plane/rollout/forecast/seeded-trials.ts'
import { upperBound } from '../../../src/control-plane/rollout/statistics/upper-bound.ts'

const seed = 1000

function figuresOf(name: string, rollouts: number): RolloutFigures {
  const found = rolloutCases.find((one) => one.name === name)
  if (found === undefined) throw new Error(`no case ${name}`)
  return measureCase(found, rollouts, seed)
}

describe('simulated rollouts at 1,000 units an hour, the judge as it ships', () => {
  it('rolls back at most 1 % of healthy candidates over 2,000 whole ramps; a plain gate most of them', () => {
    const { judge, naive, failureLimit3 } = figuresOf('healthy', 2000)
    expect(judge.rolledBackShare).to.be.at.most(0.01)
    // Not luck: the true share is below 1 % with 95 % confidence.
    expect(upperBound(judge.rolledBackShare * 2000, 2000)).to.be.at.most(0.01)
    expect(naive.rolledBackShare).to.be.greaterThan(0.5)
    expect(failureLimit3.rolledBackShare).to.be.greaterThan(0.01)
  }).timeout(120_000)

  for (const [name, unitsMax] of [
    ['broken', 3],
    ['fails-20%', 15],
    ['fails-10%', 32],
    ['fails-5%', 72],
  ] as const) {
    it(`goes back after a median of ${unitsMax} candidate units at most: ${name}`, () => {
      const { judge } = figuresOf(name, 2000)
      expect(judge.rolledBackShare).to.be.greaterThan(0.99)
      expect(judge.medianUnits).to.be.at.most(unitsMax)
    }).timeout(60_000)
  }

  it('finds a candidate with 2 % errors before 100 %', () => {
    expect(figuresOf('fails-2%', 100).judge.rolledBackShare).to.be.greaterThan(0.95)
  }).timeout(60_000)

  it('rolls back at most 1 % of candidates while both arms fail at 30 %, and completes none', () => {
    const outage = { unitsPerHour: 1000, candidateErrorRate: 0.3, baselineErrorRate: 0.3 }
    const outcomes = Array.from({ length: 600 }, (_, index) =>
      simulateRollout(simulatedPolicy(), outage, seededTrials(seed + index * 7919), 1),
    ).map(({ outcome }) => outcome)
    expect(outcomes.filter((outcome) => outcome === 'rolled_back').length).to.be.at.most(6)
    expect(outcomes).not.to.include('completed')
  }).timeout(60_000)

  it('is the same rollout for the same seed', () => {
    const world = { unitsPerHour: 1000, candidateErrorRate: 0.05, baselineErrorRate: 0.003 }
    const run = () => simulateRollout(simulatedPolicy(), world, seededTrials(7), 48)
    expect(run()).to.deep.equal(run())
  })
})
