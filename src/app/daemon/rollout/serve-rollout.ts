import { weightInStep } from '../../../control-plane/rollout/policy/resolved-policy.ts'
import type { Rollout } from '../../../control-plane/rollout/rollout.ts'
import type { ServedRollout } from '../../../sales-core/processing/arms/served-rollout.ts'
import type { CompiledCandidate } from './compile-candidate.ts'

/**
 * A rollout as it is served to a tenant now; null: it does not touch this tenant's traffic (it waits for approval, it is over, or its
 * ring has not come).
 */
export function serveRollout(
  { id, candidateDigest, policy, state }: Rollout,
  tenantSlug: string,
  { made }: CompiledCandidate,
): ServedRollout | null {
  if (!('at' in state)) return null
  const step = state.at.phase === 'shadow' ? null : policy.steps[state.at.step]
  if (step === undefined) return null
  const weight = step === null ? 0 : weightInStep(policy, step, tenantSlug)
  if (step !== null && weight === 0) return null
  return {
    id,
    candidateDigest,
    unit: policy.unit,
    phase: step === null ? 'shadow' : 'live',
    step: step?.index ?? -1,
    weight,
    candidate: 'config' in made ? { config: made.config } : made,
    performanceDegradation: policy.success.performanceDegradation,
    signals: Object.keys(policy.signals),
    actionsPerUnit: policy.caps.actionsPerUnit,
  }
}
