import { parseDuration } from '../../../kernel/duration.ts'
import { policyDefaults as defaults, policyLists } from './policy-bounds.ts'
import type { RolloutPolicySpec } from './rollout-policy-spec.ts'
import type { PolicyStep, ResolvedPolicy, Ring } from './resolved-policy.ts'

/** The percentages below the bake, as the policy's ramp says: ascending, each below 100 - holdback. */
export function rampPercentages(ramp: RolloutPolicySpec['ramp'], holdback: number): readonly number[] {
  const top = 100 - holdback
  return writtenPercentages(ramp, top).filter((percent) => percent < top)
}

/** What is written, the values at or above the bake included. */
export function writtenPercentages(ramp: RolloutPolicySpec['ramp'], top: number): readonly number[] {
  if (ramp?.steps !== undefined) return ramp.steps
  if (ramp?.preset === 'fast') return defaults.fastSteps
  const initial = ramp?.initialPercentage ?? defaults.initialPercentage
  const increment = ramp?.incrementPercentage ?? defaults.incrementPercentage
  const percentages: number[] = []
  for (let step = 0; step < policyLists.steps; step++) {
    // Multiplied, not added up: 0.1 a thousand times is not 100.
    const percent = Math.round((initial + step * increment) * 1e6) / 1e6
    if (percent >= top) break
    percentages.push(percent)
  }
  return percentages
}

/** Rings, percentages, the bake and 100 %, in order. */
export function rampOf(
  spec: RolloutPolicySpec | null,
  rings: readonly Ring[],
  bake: ResolvedPolicy['bake'],
): readonly PolicyStep[] {
  const periodMs =
    spec?.ramp?.evaluationPeriod === undefined
      ? defaults.evaluationPeriodMs
      : parseDuration(spec.ramp.evaluationPeriod)
  const percentages = rampPercentages(spec?.ramp, bake.holdback)
  const unitsAt = minUnitsOf(spec, percentages.length)
  const steps: Omit<PolicyStep, 'index'>[] = rings.map((ring, index) => ({
    kind: 'ring',
    percent: ring.percent,
    tenants: [...new Set(rings.slice(0, index + 1).flatMap(({ tenants }) => tenants))],
    minMs: periodMs,
    minUnits: unitsAt(0),
  }))
  percentages.forEach((percent, index) => {
    steps.push({ kind: 'percentage', percent, tenants: null, minMs: periodMs, minUnits: unitsAt(index) })
  })
  steps.push({
    kind: 'bake',
    percent: 100 - bake.holdback,
    tenants: null,
    minMs: bake.forMs,
    minUnits: unitsAt(percentages.length),
  })
  steps.push({ kind: 'full', percent: 100, tenants: null, minMs: bake.watchMs, minUnits: 1 })
  return steps.map((step, index) => ({ ...step, index }))
}

/** A list gives step by step, its last value the rest; the preset `fast` brings its own. */
function minUnitsOf(spec: RolloutPolicySpec | null, last: number): (index: number) => number {
  const written = spec?.gate?.minUnits
  if (typeof written === 'number') return () => written
  const preset = spec?.ramp?.preset === 'fast' && spec.ramp.steps === undefined
  const list = written ?? (preset ? defaults.fastMinUnits : [defaults.minUnits])
  return (index) => list[Math.min(index, last, list.length - 1)] ?? defaults.minUnits
}
