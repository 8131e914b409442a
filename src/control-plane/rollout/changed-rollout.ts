import { digestOfParts } from '../../kernel/digest.ts'
import type { Rollout, RolloutScope } from './rollout.ts'
import type { ResolvedPolicy } from './policy/resolved-policy.ts'
import { isLive } from './state/record-transition.ts'
import type { RolloutState, RolloutTransition } from './state/rollout-state.ts'
import { percentIn } from './state/start-rollout.ts'

/** Does a rollout in this state hold its scopes? */
export function holdsScopes({ state }: RolloutState): boolean {
  return !['completed', 'rolled_back', 'aborted', 'superseded', 'failed_to_start'].includes(state)
}

/** Is it over for good, or until somebody tries again? */
export function endedAtMs(state: RolloutState): number | null {
  return 'atMs' in state ? state.atMs : null
}

/** Index into the policy's steps; null before the first and when it is over. */
export function stepOf(state: RolloutState): number | null {
  return isLive(state) && state.at.phase === 'step' ? state.at.step : null
}

/** The step under which observations are counted: -1 in shadow. Null: nothing is observed. */
export function observedStep(state: RolloutState): number | null {
  if (!isLive(state)) return null
  return state.at.phase === 'shadow' ? -1 : state.at.step
}

/** The candidate's share, in hundredths of a percent. */
export function weightOf(policy: ResolvedPolicy, state: RolloutState): number {
  return Math.round(percentIn(policy, state) * 100)
}

/** Do daemons treat events otherwise in these two states? A rollout that holds where it is changes nothing for them. */
export function changesAssignment(policy: ResolvedPolicy, from: RolloutState, to: RolloutState): boolean {
  return (
    observedStep(from) !== observedStep(to) ||
    holdsScopes(from) !== holdsScopes(to) ||
    weightOf(policy, from) !== weightOf(policy, to)
  )
}

/** The salt of the assignment: the candidate digests of the scopes in order of their names. */
export function candidateDigestOf(scopes: readonly RolloutScope[]): string {
  return digestOfParts(scopes.map(({ candidate }) => candidate.digest))
}

/** The first row of the ledger: that somebody started it, and where it stands since then. */
export function startTransition(
  rollout: Pick<Rollout, 'policy' | 'state' | 'startedBy' | 'reason'>,
  nowMs: number,
): RolloutTransition {
  const { policy, state, startedBy, reason } = rollout
  const percentAfter = percentIn(policy, state)
  return {
    atMs: nowMs,
    from: state.state,
    to: state.state,
    cause: 'operator',
    by: startedBy,
    reason: reason ?? 'started',
    stepBefore: null,
    stepAfter: stepOf(state),
    percentBefore: 0,
    percentAfter,
    gate: percentAfter > 0 ? { gate: 'start' } : null,
    quarantine: false,
  }
}
