import type { RolloutPosition } from '../judge/facts.ts'
import type { ResolvedPolicy } from '../policy/resolved-policy.ts'
import type {
  Advanced,
  RecordedGate,
  RolloutInput,
  RolloutState,
  RolloutTransition,
} from './rollout-state.ts'
import { percentIn, stateAt } from './start-rollout.ts'

/** A state that has a place in the ramp. */
export type LiveState = Extract<RolloutState, { readonly at: RolloutPosition }>

export function isLive(state: RolloutState): state is LiveState {
  return 'at' in state
}

/** The state of the step after this position; null after 100 %. */
export function nextState(state: LiveState, policy: ResolvedPolicy, nowMs: number): LiveState | null {
  const step = state.at.phase === 'shadow' ? 0 : state.at.step + 1
  if (step >= policy.steps.length) return null
  const next = stateAt(policy, { phase: 'step', step, enteredAtMs: nowMs })
  return isLive(next) ? next : null
}

export interface Cause {
  readonly cause: RolloutInput['from']
  readonly reason: string
  readonly by?: string
  readonly gate?: RecordedGate
  readonly quarantine?: boolean
}

/** The change and its row. */
export function moved(
  from: RolloutState,
  to: RolloutState,
  policy: ResolvedPolicy,
  nowMs: number,
  { cause, reason, by, gate, quarantine }: Cause,
): Advanced {
  const transition: RolloutTransition = {
    atMs: nowMs,
    from: from.state,
    to: to.state,
    cause,
    by: by ?? null,
    reason,
    stepBefore: stepIn(from),
    stepAfter: stepIn(to),
    percentBefore: percentIn(policy, from),
    percentAfter: percentIn(policy, to),
    gate: gate ?? null,
    quarantine: quarantine ?? false,
  }
  return { state: to, transition }
}

function stepIn(state: RolloutState): number | null {
  return isLive(state) && state.at.phase === 'step' ? state.at.step : null
}
