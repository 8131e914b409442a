import type { ArmCounts, RolloutCounts, StepCounts, StratumCounts } from './counts.ts'

/** Sums over steps and strata. */
export interface ArmTally {
  readonly units: number
  readonly distinct: number
  readonly failures: number
  readonly ownFailures: number
  readonly slow: number
}

export interface Tally {
  readonly candidate: ArmTally
  readonly baseline: ArmTally
}

const nothing: ArmTally = { units: 0, distinct: 0, failures: 0, ownFailures: 0, slow: 0 }

/** The sums of strata that have a baseline beside them (`shared`), or of those at 100 %. */
export function tallyOf(counts: RolloutCounts, which: 'shared' | 'alone'): Tally {
  let candidate = nothing
  let baseline = nothing
  for (const { strata } of counts.steps) {
    for (const stratum of strata) {
      if (stratum.weight >= 1 !== (which === 'alone')) continue
      candidate = plus(candidate, stratum.candidate)
      baseline = plus(baseline, stratum.baseline)
    }
  }
  return { candidate, baseline }
}

function plus(sum: ArmTally, arm: ArmCounts): ArmTally {
  return {
    units: sum.units + arm.units,
    distinct: sum.distinct + arm.distinct,
    failures: sum.failures + arm.failures,
    ownFailures: sum.ownFailures + arm.failures - arm.integrationFailures,
    slow: sum.slow + arm.slow,
  }
}

/** The counts of one step; null before anything was counted in it. */
export function stepCounts(counts: RolloutCounts, step: number): StepCounts | null {
  return counts.steps.find((entry) => entry.step === step) ?? null
}

/** All strata of all steps: each compares its own arms with its own share. */
export function allStrata(counts: RolloutCounts): readonly StratumCounts[] {
  return counts.steps.flatMap(({ strata }) => strata)
}

/** The assignment counts as this many units when the share is estimated. */
const assignedUnits = 200

/**
 * The candidate's share of the units that could fail: the realised share, starting from the assigned one. With few units the
 * realised share is chance (one unit: 0 or 1); with many it is right where traffic in the arms differs. 0 and 1 stay: no control.
 */
export function realisedShare({ weight, candidate, baseline }: StratumCounts): number {
  if (weight <= 0 || weight >= 1) return weight
  return (candidate.units + assignedUnits * weight) / (candidate.units + baseline.units + assignedUnits)
}
