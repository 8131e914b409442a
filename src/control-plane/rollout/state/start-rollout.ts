import type { RolloutPosition } from '../judge/facts.ts'
import { approvalsNeeded } from '../judge/gate.ts'
import type { ResolvedPolicy, RiskClass } from '../policy/resolved-policy.ts'
import type { RolloutState } from './rollout-state.ts'

const riskOrder: readonly RiskClass[] = ['low', 'medium', 'high']

/** How many people must agree before a change of this risk begins. */
export function approversToStart(policy: ResolvedPolicy, risk: RiskClass): number {
  const { approval } = policy
  const byRisk =
    approval.risk !== null && riskOrder.indexOf(risk) >= riskOrder.indexOf(approval.risk)
      ? approval.approvers
      : 0
  // Without shadow nothing stands between the start and the first step.
  return policy.shadow.first ? byRisk : Math.max(byRisk, approvalsNeeded(policy, 0))
}

/** The first state of a rollout: approval, if one is needed, then shadow, then the first step. */
export function startRollout(policy: ResolvedPolicy, risk: RiskClass, nowMs: number): RolloutState {
  const approversNeeded = approversToStart(policy, risk)
  if (approversNeeded > 0) {
    return { state: 'pending_approval', sinceMs: nowMs, approversNeeded, approvedBy: [] }
  }
  return firstState(policy, nowMs)
}

/** Where a rollout is once nobody needs to be asked. */
export function firstState(policy: ResolvedPolicy, nowMs: number): RolloutState {
  if (policy.shadow.first) return { state: 'shadow', at: { phase: 'shadow', enteredAtMs: nowMs } }
  return stateAt(policy, { phase: 'step', step: 0, enteredAtMs: nowMs })
}

/** The state that a position means when nothing stops it. */
export function stateAt(policy: ResolvedPolicy, at: RolloutPosition): RolloutState {
  if (at.phase === 'shadow') return { state: 'shadow', at }
  const kind = policy.steps[at.step]?.kind
  if (kind === 'bake') return { state: 'bake', at }
  if (kind === 'full') return { state: 'watching', at }
  return { state: 'step', at }
}

/** The candidate's percentage in a state; 100 when completed, 0 when it is over otherwise or not begun. */
export function percentIn(policy: ResolvedPolicy, state: RolloutState): number {
  if (state.state === 'completed') return 100
  if (!('at' in state) || state.at.phase === 'shadow') return 0
  return policy.steps[state.at.step]?.percent ?? 0
}
