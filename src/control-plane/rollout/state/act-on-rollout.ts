import { NxError } from '../../../kernel/errors.ts'
import type { RolloutPosition } from '../judge/facts.ts'
import type { ResolvedPolicy } from '../policy/resolved-policy.ts'
import { isLive, moved, nextState } from './record-transition.ts'
import type { LiveState } from './record-transition.ts'
import { finalStates } from './rollout-state.ts'
import type { Advanced, OperatorAction, RecordedGate, RolloutState } from './rollout-state.ts'
import { firstState, stateAt } from './start-rollout.ts'

/** The longest reason that is recorded. */
export const rolloutReasonMax = 1000

/** What a person does to a rollout. See `advance` for what it throws. */
export function actOnRollout(
  state: RolloutState,
  action: OperatorAction,
  policy: ResolvedPolicy,
  nowMs: number,
): Advanced {
  checkReason(action)
  if ((finalStates as readonly string[]).includes(state.state)) throw overAlready(state, action)
  switch (action.action) {
    case 'approve':
      return approve(state, action, policy, nowMs)
    case 'pause':
      return pause(state, action, policy, nowMs)
    case 'resume':
      if (state.state !== 'paused') throw notNow(state, action, 'Only a paused rollout can be resumed.')
      return moved(state, stateAt(policy, state.at), policy, nowMs, causeOf(action))
    case 'promote':
      return promote(state, action, policy, nowMs)
    case 'abort':
      return abort(state, action, policy, nowMs)
    case 'retry':
      if (state.state !== 'failed_to_start') {
        throw notNow(state, action, 'Only a rollout that failed to start can be tried again.')
      }
      return begin(state, policy, nowMs, causeOf(action), {
        gate: 'operator',
        by: action.by,
        reason: action.reason,
      })
  }
}

type Of<Name extends OperatorAction['action']> = Extract<OperatorAction, { action: Name }>

/** Approvals of later steps are facts for the judge and change no state; those of the start are counted here. */
function approve(
  state: RolloutState,
  action: Of<'approve'>,
  policy: ResolvedPolicy,
  nowMs: number,
): Advanced {
  if (action.step !== null) {
    if (isLive(state)) return { state, transition: null }
    throw notNow(state, action, 'Approve the start first: leave out the step.')
  }
  if (state.state !== 'pending_approval') throw notNow(state, action, 'It waits for no approval to start.')
  if (state.approvedBy.includes(action.by)) {
    throw new NxError('conflict', 'NX-ROLLOUT-APPROVED-ALREADY', `${action.by} has approved it already`, {
      fix: `Somebody else must: ${state.approversNeeded - state.approvedBy.length} more.`,
    })
  }
  const approvedBy = [...state.approvedBy, action.by]
  if (approvedBy.length < state.approversNeeded) {
    return moved(state, { ...state, approvedBy }, policy, nowMs, causeOf(action))
  }
  return begin(state, policy, nowMs, causeOf(action), { gate: 'approval', approvedBy })
}

function begin(
  state: RolloutState,
  policy: ResolvedPolicy,
  nowMs: number,
  cause: ReturnType<typeof causeOf>,
  gate: RecordedGate,
): Advanced {
  return moved(state, firstState(policy, nowMs), policy, nowMs, { ...cause, gate })
}

function pause(state: RolloutState, action: Of<'pause'>, policy: ResolvedPolicy, nowMs: number): Advanced {
  if (!isLive(state)) throw notNow(state, action, 'It has not begun.')
  if (state.state === 'paused') throw notNow(state, action, `${state.by} paused it: ${state.reason}`)
  const { by, reason } = action
  const to: RolloutState = { state: 'paused', at: state.at, sinceMs: nowMs, by, reason }
  return moved(state, to, policy, nowMs, causeOf(action))
}

function promote(
  state: RolloutState,
  action: Of<'promote'>,
  policy: ResolvedPolicy,
  nowMs: number,
): Advanced {
  if (!isLive(state)) throw notNow(state, action, 'It has not begun: approve it, or retry it.')
  if (state.state === 'paused') throw notNow(state, action, 'Resume it first.')
  if (action.seen !== undefined && !isSamePlace(action.seen, state.at)) throw movedOn(state, policy)
  const to = nextState(state, policy, nowMs) ?? ({ state: 'completed', atMs: nowMs } as const)
  const gate: RecordedGate = { gate: 'operator', by: action.by, reason: action.reason }
  return moved(state, to, policy, nowMs, { ...causeOf(action), gate })
}

function abort(state: RolloutState, action: Of<'abort'>, policy: ResolvedPolicy, nowMs: number): Advanced {
  const { by, reason, quarantine } = action
  const to: RolloutState = { state: 'aborted', atMs: nowMs, by, reason, quarantined: quarantine }
  return moved(state, to, policy, nowMs, { ...causeOf(action), quarantine })
}

function causeOf({ by, reason }: OperatorAction): { cause: 'operator'; by: string; reason: string } {
  return { cause: 'operator', by, reason }
}

function checkReason({ action, reason }: OperatorAction): void {
  const length = reason.trim().length
  if (length > 0 && length <= rolloutReasonMax) return
  const title =
    length === 0 ? `'${action}' needs a reason` : `The reason is longer than ${rolloutReasonMax} characters`
  throw new NxError('usage', 'NX-ROLLOUT-REASON', title, {
    fix: `neuronx rollout ${action} --reason "why", at most ${rolloutReasonMax} characters`,
  })
}

/** Entered anew it is another place: what was looked at is not what would be left now. */
function isSamePlace(a: RolloutPosition, b: RolloutPosition): boolean {
  if (a.phase !== b.phase || a.enteredAtMs !== b.enteredAtMs) return false
  return a.phase === 'shadow' || b.phase === 'shadow' || a.step === b.step
}

/** Two people who promote at once mean one step, not two. */
function movedOn({ at }: LiveState, policy: ResolvedPolicy): NxError {
  const here = at.phase === 'shadow' ? 'in shadow' : `in step ${at.step + 1} of ${policy.steps.length}`
  return new NxError('conflict', 'NX-ROLLOUT-MOVED', 'The rollout has moved on since it was looked at', {
    detail: `It is ${here} now: the judge or somebody else was first.`,
    fix: 'See where it is (neuronx rollout status), then promote again if that is still wanted.',
  })
}

function overAlready(state: RolloutState, { action }: OperatorAction): NxError {
  return new NxError(
    'conflict',
    'NX-ROLLOUT-FINAL',
    `The rollout is over (${state.state}): it cannot ${action}`,
    {
      fix: 'Start another: neuronx rollout start (a quarantined revision with --override-quarantine --reason).',
    },
  )
}

function notNow(state: RolloutState, { action }: OperatorAction, fix: string): NxError {
  return new NxError('conflict', 'NX-ROLLOUT-ACTION', `A rollout that is ${state.state} cannot ${action}`, {
    fix,
  })
}
