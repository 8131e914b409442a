import type { ResolvedPolicy } from '../../src/control-plane/rollout/policy/resolved-policy.ts'
import type { SeededTrials } from '../../src/control-plane/rollout/forecast/seeded-trials.ts'
import type { SimulatedRollout, World } from './simulate-rollout.ts'

/**
 * The gate that most tools have: at the end of each step, is the candidate's error rate at most 1 %? More than `failureLimit`
 * windows above it roll back. Same ramp, same time, no control, no least number of units.
 */
export function simulateThresholdGate(
  policy: ResolvedPolicy,
  world: World,
  random: SeededTrials,
  failureLimit: number,
): SimulatedRollout {
  let candidateUnits = 0
  let candidateFailures = 0
  let hours = 0
  let failedWindows = 0
  for (const step of policy.steps) {
    if (step.kind === 'full') break
    const stepHours = step.minMs / 3_600_000
    // A window that fails is measured again before the ramp goes on, as with a failure limit elsewhere.
    for (;;) {
      const units = random.binomial(Math.round(world.unitsPerHour * stepHours), step.percent / 100)
      const failures = random.binomial(units, world.candidateErrorRate)
      candidateUnits += units
      candidateFailures += failures
      hours += stepHours
      if (failures <= units * policy.success.errorRateThreshold) break
      failedWindows++
      if (failedWindows > failureLimit) {
        return { outcome: 'rolled_back', candidateUnits, candidateFailures, hours, percent: step.percent }
      }
    }
  }
  return { outcome: 'completed', candidateUnits, candidateFailures, hours, percent: 100 }
}
