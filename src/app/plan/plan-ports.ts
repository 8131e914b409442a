import type { PlanPorts } from '../../control-plane/plan/make-plan.ts'
import { forecastEvidence } from '../../control-plane/rollout/forecast/forecast-evidence.ts'
import { documentKinds } from '../kinds.ts'
import type { Operator } from '../operator.ts'
import { classifyChange } from './kind-risk.ts'

const noneAffected = { planWorkflows: async () => [] }

/** What plans are made with, of an open installation. */
export function planPorts(operator: Operator): PlanPorts {
  const { revisions, tenants, quarantine, traffic } = operator
  return {
    ...{ revisions, tenants, quarantine, traffic },
    kinds: documentKinds,
    classify: classifyChange,
    forecast: forecastEvidence,
    inFlight: async (candidate, affected) => {
      // Compiles configurations: loaded only where something changes.
      const { planWorkflows } = affected.length === 0 ? noneAffected : await import('./plan-workflows.ts')
      return await planWorkflows(operator, candidate, affected)
    },
  }
}
