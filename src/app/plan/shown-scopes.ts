import { scopeName } from '../../control-plane/documents/document.ts'
import type { PlanReport } from '../../control-plane/plan/plan-report.ts'
import type { AppliedScope } from '../../control-plane/revisions/revision-store.ts'

/** `rolling`: its candidate is on its way, what was active still is. */
export type ApplyScopeState = 'applied' | 'rolling' | 'unchanged' | 'would_apply' | 'would_roll_out'

/** A scope of an apply; `changed`: another revision is (or would be) active now. */
export interface ShownScope extends AppliedScope {
  readonly state: ApplyScopeState
}

/** What an apply that is not made would do. */
export function wouldApply(report: PlanReport, rolls: boolean): readonly ShownScope[] {
  return report.scopes.map((planned) => {
    if (!planned.changed) return shown(planned, 'unchanged')
    return shown(planned, rolls && planned.base !== null ? 'would_roll_out' : 'would_apply')
  })
}

/** What became of each scope when a rollout was begun: those without a baseline are active. */
export function appliedScopes(report: PlanReport, activated: readonly AppliedScope[]): readonly ShownScope[] {
  const active = new Set(activated.map(({ scope }) => scopeName(scope)))
  return report.scopes.map((planned) => {
    if (!planned.changed) return shown(planned, 'unchanged')
    return shown(planned, active.has(planned.scope) ? 'applied' : 'rolling')
  })
}

function shown({ scope, candidate, base }: PlanReport['scopes'][number], state: ApplyScopeState): ShownScope {
  const changed = state === 'applied' || state === 'would_apply'
  return { scope: scopeOf(scope), digest: candidate, previousDigest: base, changed, state }
}

function scopeOf(name: string): AppliedScope['scope'] {
  const [, tenant, , workspace] = name.split('/')
  if (tenant === undefined) return { level: 'global' }
  return workspace === undefined ? { level: 'tenant', tenant } : { level: 'workspace', tenant, workspace }
}
