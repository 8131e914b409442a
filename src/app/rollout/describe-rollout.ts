import { scopeName } from '../../control-plane/documents/document.ts'
import { percentIn } from '../../control-plane/rollout/state/start-rollout.ts'
import type { ResolvedPolicy } from '../../control-plane/rollout/policy/resolved-policy.ts'
import type { RolloutPosition } from '../../control-plane/rollout/judge/facts.ts'
import type { Rollout } from '../../control-plane/rollout/rollout.ts'
import type { Operator } from '../operator.ts'
import { visibleTenant } from './find-rollout.ts'
import { judgedStatus, timeText } from './judged-status.ts'
import { nextAction } from './next-action.ts'
import type { JudgedStatus, RolloutStatus, StatusStep } from './rollout-status.ts'
import { isLive, isOver, stepText } from './rollout-texts.ts'

type Describer = Pick<Operator, 'actor' | 'rollouts' | 'messages'>

/** Where a rollout stands: what the judge would say of it now; of one that is over, what it said last. */
export async function describeRollout(operator: Describer, rollout: Rollout): Promise<RolloutStatus> {
  const [judged, daemonsAlive] = await Promise.all([
    judgedOf(operator, rollout),
    operator.messages.daemonsAlive(),
  ])
  return statusOf(rollout, judged, daemonsAlive)
}

async function judgedOf(operator: Describer, rollout: Rollout): Promise<JudgedStatus | null> {
  const { rollouts } = operator
  if (isLive(rollout.state)) return judgedStatus(rollout.policy, await rollouts.observe(rollout))
  if (rollout.state.state === 'pending_approval') return null
  const records = await rollouts.records(rollout.id, visibleTenant(operator))
  const last = records.findLast(({ judged }) => judged !== null)
  if (last?.judged == null) return null
  const { counts, facts } = last.judged
  return judgedStatus(rollout.policy, { counts, facts, nowMs: last.atMs })
}

/** The same from what was read already. Pure. */
export function statusOf(rollout: Rollout, judged: JudgedStatus | null, daemonsAlive: number): RolloutStatus {
  const { id, scopes, policy, state, version, risk, planId, reason, startedAt, startedBy, endedAt } = rollout
  const status: Omit<RolloutStatus, 'nextAction'> = {
    ...{ id, version, risk, planId, reason, startedAt, startedBy, endedAt },
    scopes: scopes.map(({ scope }) => scopeName(scope)),
    state: state.state,
    over: isOver(state),
    percent: percentIn(policy, state),
    step: isLive(state) ? stepOf(policy, state.at) : null,
    next: isLive(state) ? nextOf(policy, state.at) : null,
    since: sinceOf(rollout),
    candidateDigest: rollout.candidateDigest,
    digests: scopes.map(({ scope, baseline, candidate }) => ({
      scope: scopeName(scope),
      baseline: baseline.digest,
      candidate: candidate.digest,
    })),
    policy: policy.name,
    autoRollback: policy.autoRollback,
    approval:
      state.state === 'pending_approval' ? { needed: state.approversNeeded, given: state.approvedBy } : null,
    alpha: policy.alpha,
    ...{ judged, daemonsAlive },
  }
  return { ...status, nextAction: nextAction(status, state) }
}

function sinceOf({ state, startedAt }: Rollout): string {
  if ('sinceMs' in state) return timeText(state.sinceMs)
  if ('atMs' in state) return timeText(state.atMs)
  return isLive(state) ? timeText(state.at.enteredAtMs) : startedAt
}

function stepOf(policy: ResolvedPolicy, at: RolloutPosition): StatusStep {
  const of = policy.steps.length
  const enteredAt = timeText(at.enteredAtMs)
  if (at.phase === 'shadow')
    return { number: 0, of, kind: 'percentage', percent: 0, text: 'shadow', enteredAt }
  const step = policy.steps[at.step]
  return {
    ...{ number: at.step + 1, of, enteredAt },
    kind: step?.kind ?? 'full',
    percent: step?.percent ?? 0,
    text: stepText(policy, at.step),
  }
}

function nextOf(policy: ResolvedPolicy, at: RolloutPosition): RolloutStatus['next'] {
  const index = at.phase === 'shadow' ? 0 : at.step + 1
  const step = policy.steps[index]
  if (step === undefined) return null
  return { number: index + 1, percent: step.percent, text: stepText(policy, index) }
}
