import { NxError } from '../../../kernel/errors.ts'
import type { Verdict } from '../judge/verdict.ts'
import type { ResolvedPolicy } from '../policy/resolved-policy.ts'
import { actOnRollout } from './act-on-rollout.ts'
import { isLive, moved, nextState } from './record-transition.ts'
import type { LiveState } from './record-transition.ts'
import type { Advanced, RecordedGate, RolloutInput, RolloutState, SystemEvent } from './rollout-state.ts'
import { percentIn, stateAt } from './start-rollout.ts'

/**
 * The state after one input, and the row that records it: at most one transition per call, null when nothing changed. The candidate's
 * share grows only with a recorded gate; a final state is never left.
 * Throws (conflict): NX-ROLLOUT-FINAL, NX-ROLLOUT-ACTION (not possible in this state), NX-ROLLOUT-MOVED (a promotion decided on elsewhere),
 * NX-ROLLOUT-APPROVED-ALREADY; (usage) NX-ROLLOUT-REASON; (bug) NX-ROLLOUT-VERDICT for a verdict that skips a step.
 */
export function advance(
  state: RolloutState,
  input: RolloutInput,
  policy: ResolvedPolicy,
  nowMs: number,
): Advanced {
  switch (input.from) {
    case 'judge':
      return followVerdict(state, input.verdict, policy, nowMs)
    case 'operator':
      return actOnRollout(state, input.action, policy, nowMs)
    case 'system':
      return followEvent(state, input.event, policy, nowMs)
  }
}

/** A verdict about a rollout that is over or not begun is late, not wrong: it changes nothing. */
function followVerdict(
  state: RolloutState,
  verdict: Verdict,
  policy: ResolvedPolicy,
  nowMs: number,
): Advanced {
  if (!isLive(state)) return { state, transition: null }
  if (verdict.verdict === 'rollback') {
    const { code, reason } = verdict
    const to: RolloutState = { state: 'rolled_back', atMs: nowMs, code, reason }
    return moved(state, to, policy, nowMs, { cause: 'judge', reason, quarantine: true })
  }
  if (state.state === 'paused') return { state, transition: null }
  switch (verdict.verdict) {
    case 'hold':
      return hold(state, verdict, policy, nowMs)
    case 'wait':
      if (state.state !== 'held') return { state, transition: null }
      return moved(state, stateAt(policy, state.at), policy, nowMs, {
        cause: 'judge',
        reason: 'what held it has passed',
      })
    case 'complete':
      return complete(state, policy, nowMs)
    case 'promote': {
      const gate: RecordedGate =
        verdict.label === null ? { gate: 'evidence' } : { gate: 'labelled', label: verdict.label }
      const to = nextState(state, policy, nowMs)
      if (to === null || to.at.phase !== 'step' || to.at.step !== verdict.to)
        throw outOfOrder(state, verdict.to)
      return moved(state, to, policy, nowMs, { cause: 'judge', reason: verdict.label ?? 'evidence', gate })
    }
  }
}

function hold(
  state: LiveState,
  { reasons }: Extract<Verdict, { verdict: 'hold' }>,
  policy: ResolvedPolicy,
  nowMs: number,
): Advanced {
  const codes = (list: typeof reasons): string => list.map(({ code }) => code).join(' ')
  // The numbers in the reasons change with every unit; that is no transition.
  if (state.state === 'held' && codes(state.reasons) === codes(reasons)) return { state, transition: null }
  const sinceMs = state.state === 'held' ? state.sinceMs : nowMs
  const to: RolloutState = { state: 'held', at: state.at, sinceMs, reasons }
  const reason = reasons.map(({ message }) => message).join('; ')
  return moved(state, to, policy, nowMs, { cause: 'judge', reason })
}

function complete(state: LiveState, policy: ResolvedPolicy, nowMs: number): Advanced {
  if (nextState(state, policy, nowMs) !== null) throw outOfOrder(state, null)
  return moved(state, { state: 'completed', atMs: nowMs }, policy, nowMs, {
    cause: 'judge',
    reason: 'the watch is over',
    gate: { gate: 'evidence' },
  })
}

function followEvent(
  state: RolloutState,
  event: SystemEvent,
  policy: ResolvedPolicy,
  nowMs: number,
): Advanced {
  if (!isLive(state) && state.state !== 'pending_approval') return { state, transition: null }
  if (event.event === 'superseded') {
    const to: RolloutState = { state: 'superseded', atMs: nowMs, byDigest: event.byDigest }
    return moved(state, to, policy, nowMs, { cause: 'system', reason: `superseded by ${event.byDigest}` })
  }
  const exposed = percentIn(policy, state) > 0
  if (exposed) return { state, transition: null }
  const to: RolloutState = { state: 'failed_to_start', atMs: nowMs, reason: event.reason }
  return moved(state, to, policy, nowMs, { cause: 'system', reason: event.reason })
}

function outOfOrder(state: LiveState, to: number | null): NxError {
  const here = state.at.phase === 'shadow' ? 'shadow' : `step ${state.at.step}`
  return new NxError(
    'bug',
    'NX-ROLLOUT-VERDICT',
    `The verdict leads from ${here} to ${to === null ? 'the end' : `step ${to}`}`,
    {
      detail: 'A rollout enters the step after its own, never another.',
      fix: 'Judge again with the position of the stored state.',
    },
  )
}
