import { scopeName } from '../../../src/control-plane/documents/document.ts'
import { holdsScopes, observedStep, weightOf } from '../../../src/control-plane/rollout/changed-rollout.ts'
import { assembleCounts } from '../../../src/control-plane/rollout/observe/assemble-counts.ts'
import { factsOf } from '../../../src/control-plane/rollout/observe/facts-of.ts'
import { maturityOf } from '../../../src/control-plane/rollout/policy/resolved-policy.ts'
import type { RolloutObserved } from '../../../src/control-plane/rollout/rollout-store.ts'
import type { Rollout } from '../../../src/control-plane/rollout/rollout.ts'
import type { Tenant } from '../../../src/platform/tenants/tenant.ts'
import type { MemoryObservations } from './memory-observations.ts'

/** What the judge would see now of what is kept in memory. */
export function observeInMemory(
  rollout: Rollout,
  given: {
    readonly observations: MemoryObservations
    readonly tenants: readonly Tenant[]
    /** Active digests by scope. */
    readonly heads: ReadonlyMap<string, string>
    readonly behind: readonly string[]
    readonly approvals: readonly { step: number; by: string }[]
    readonly nowMs: number
  },
): RolloutObserved {
  const { observations, tenants, heads, behind, approvals, nowMs } = given
  const { id, policy, state, scopes } = rollout
  const step = observedStep(state)
  const slugOf = (tenantId: string): string =>
    tenants.find((tenant) => tenant.id === tenantId)?.slug ?? tenantId
  const ripeBeforeMs = nowMs - (step === -1 ? 0 : maturityOf(policy))
  const rows = observations.rows(id, ripeBeforeMs, slugOf)
  const examples = observations.examples(id)
  const own = scopes.flatMap(({ tenantId }) => tenantId ?? [])
  const suspended = tenants.filter((tenant) => own.includes(tenant.id) && tenant.status !== 'active')
  const moved = scopes.find(({ scope, baseline }) => heads.get(scopeName(scope)) !== baseline.digest)
  const raw = {
    nowMs,
    countsAtMs: nowMs,
    backlogMs: 0,
    bothArms: observations.bothArms(id, step ?? -1),
    waiting: { candidate: 0, baseline: 0 },
    behind,
    skewMs: 0,
    approvals,
    suspended: own.length === scopes.length ? suspended.map(({ slug }) => slug) : [],
    moved: moved === undefined || !holdsScopes(state) ? null : (heads.get(scopeName(moved.scope)) ?? null),
  }
  const counts = assembleCounts(policy, rows, {
    examples: examples.slice(0, 20),
    candidateOnly: examples.length,
    capsExceeded: observations.caps(id, policy, weightOf(policy, state) / 10_000),
  })
  const { suspended: gone, moved: movedTo } = raw
  return { counts, facts: factsOf(rollout, rows, raw), nowMs, suspended: gone, movedTo }
}
