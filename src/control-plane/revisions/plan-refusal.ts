import type { NxError } from '../../kernel/errors.ts'
import { scopeName } from '../documents/document.ts'
import type { SavedPlan } from './plan-store.ts'
import { movedScopes, planClosed, planStale, planUnapproved } from './revision-errors.ts'
import type { ActiveHead } from './revision-store.ts'

/** Why a saved plan cannot be carried out; `ends`: it never can be from now on. */
export interface PlanRefusal {
  readonly error: NxError
  readonly ends: 'expired' | 'stale' | null
}

/**
 * May this plan be carried out on what is active? One that was applied and is still what is active may: there is nothing to do.
 * `expired`: its time is over, by the clock that its time was set by.
 */
export function planRefusal(
  plan: SavedPlan,
  active: ReadonlyMap<string, ActiveHead>,
  expired: boolean,
): PlanRefusal | null {
  if (plan.status.state !== 'open') {
    const stands = plan.candidate.every(
      ({ scope, digest }) => active.get(scopeName(scope))?.digest === digest,
    )
    return plan.status.state === 'applied' && stands ? null : { error: planClosed(plan), ends: null }
  }
  if (expired) return { error: planClosed({ ...plan, status: expiredNow(plan) }), ends: 'expired' }
  const moved = movedScopes(plan.base, plan.candidate, active)
  if (moved.length > 0) return { error: planStale(moved), ends: 'stale' }
  if (plan.approvals.length < plan.approvers) return { error: planUnapproved(plan), ends: null }
  return null
}

function expiredNow({ expiresAt, createdBy }: SavedPlan): SavedPlan['status'] {
  return { state: 'expired', at: expiresAt, by: createdBy, because: null }
}
