import type { ArmCounts, RolloutCounts } from '../../../../src/control-plane/rollout/judge/counts.ts'
import { noArmCounts, noCounts } from '../../../../src/control-plane/rollout/judge/counts.ts'
import type { HealthFacts, JudgeFacts } from '../../../../src/control-plane/rollout/judge/facts.ts'
import { resolvePolicy } from '../../../../src/control-plane/rollout/policy/resolve-policy.ts'
import type { ResolvedPolicy } from '../../../../src/control-plane/rollout/policy/resolved-policy.ts'
import type { RolloutPolicySpec } from '../../../../src/control-plane/rollout/policy/rollout-policy-spec.ts'

export const minuteMs = 60_000
export const hourMs = 60 * minuteMs

/** A policy of these fields. */
export function policyOf(fields: Omit<Partial<RolloutPolicySpec>, 'kind'> = {}): ResolvedPolicy {
  return resolvePolicy({ apiVersion: 'neuronx/v1', kind: 'RolloutPolicy', name: 'tried', ...fields })
}

export function arm(units: number, failures = 0, more: Partial<ArmCounts> = {}): ArmCounts {
  return { ...noArmCounts, units, distinct: units, failures, ...more }
}

/** Counts of one step with one stratum. */
export function stepOf(step: number, weight: number, candidate: ArmCounts, baseline: ArmCounts) {
  return { step, strata: [{ stratum: '*', weight, candidate, baseline }] }
}

export function countsOf(...steps: RolloutCounts['steps']): RolloutCounts {
  return { ...noCounts, steps }
}

export interface FactsInput extends Partial<Omit<JudgeFacts, 'health' | 'position'>> {
  readonly health?: Partial<HealthFacts>
  readonly step?: number | 'shadow'
  readonly enteredAtMs?: number
}

/** Facts with nothing wrong, the counts fresh at `nowMs`. */
export function factsOf(
  nowMs: number,
  { health, step = 0, enteredAtMs = 0, ...rest }: FactsInput = {},
): JudgeFacts {
  return {
    position: step === 'shadow' ? { phase: 'shadow', enteredAtMs } : { phase: 'step', step, enteredAtMs },
    predictions: {},
    approvals: {},
    unitsPerHour: 1000,
    ...rest,
    health: {
      unitsInBothArms: 0,
      unassignableEvents: 0,
      events: 0,
      daemonsBehind: [],
      clockSkewMs: 0,
      countsAtMs: nowMs,
      backlogGrows: false,
      ...health,
    },
  }
}
