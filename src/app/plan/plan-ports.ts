import type { PlanPorts } from '../../control-plane/plan/make-plan.ts'
import { forecastEvidence } from '../../control-plane/rollout/forecast/forecast-evidence.ts'
import { documentKinds } from '../kinds.ts'
import type { Operator } from '../operator.ts'
import { changedWorkflows } from './changed-workflows.ts'
import { classifyChange } from './kind-risk.ts'

/** What plans are made with, of an open installation. */
export function planPorts(operator: Operator): PlanPorts {
  const { revisions, tenants, quarantine, traffic } = operator
  return {
    ...{ revisions, tenants, quarantine, traffic },
    kinds: documentKinds,
    classify: classifyChange,
    forecast: forecastEvidence,
    inFlight: async (candidate, effects) => {
      const places = changedWorkflows(effects)
      if (places.length === 0) return []
      // Compiles configurations: loaded only where a workflow changes.
      const { planWorkflows } = await import('./plan-workflows.ts')
      return await planWorkflows(operator, candidate, places)
    },
  }
}
