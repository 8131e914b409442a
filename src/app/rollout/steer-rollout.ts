import type { Rollout } from '../../control-plane/rollout/rollout.ts'
import { judge } from '../../control-plane/rollout/judge/judge.ts'
import { NxError } from '../../kernel/errors.ts'
import type { Permission } from '../../platform/access/actor.ts'
import { actorName } from '../../platform/access/actor.ts'
import type { Operator } from '../operator.ts'
import { findRollout } from './find-rollout.ts'
import { isLive } from './rollout-texts.ts'

type Steerer = Pick<Operator, 'actor' | 'rollouts'>

/** What a person can do to a rollout. */
export type Steering = 'pause' | 'resume' | 'promote' | 'abort' | 'approve' | 'retry'

export interface SteeringRequest {
  readonly action: Steering
  readonly reason: string
  /** Of an abort: put the candidate into quarantine, so that nothing applies it again by itself. */
  readonly quarantine: boolean
  /** Of an approval: of entering this step (index) of the policy; null: of what it waits for now. */
  readonly step: number | null
}

/** To stop something, and to let it go on under its own gates, needs less than to open a gate. */
const permissionOf: Readonly<Record<Steering, Permission>> = {
  pause: 'config.rollout',
  resume: 'config.rollout',
  abort: 'config.rollout',
  retry: 'config.rollout',
  promote: 'config.apply',
  approve: 'config.apply',
}

/** Finds the rollout that is to be steered, once the actor may. Throws what `findRollout` throws, NX-ROLLOUT-OWN-APPROVAL. */
export async function steerable(operator: Steerer, name: string, action: Steering): Promise<Rollout> {
  const rollout = await findRollout(operator, name, permissionOf[action])
  if (action === 'approve' && rollout.startedBy === actorName(operator.actor)) throw ownApproval(rollout)
  return rollout
}

/** What the evidence does not say yet, as codes; empty: it would go on by itself now. Of a rollout that is not under way: empty. */
export async function missingForPromotion(
  { rollouts }: Steerer,
  rollout: Rollout,
): Promise<readonly string[]> {
  if (!isLive(rollout.state)) return []
  const { counts, facts, nowMs } = await rollouts.observe(rollout)
  const verdict = judge(counts, rollout.policy, nowMs, facts)
  switch (verdict.verdict) {
    case 'promote':
      return verdict.label === null ? [] : ['no_evidence']
    case 'complete':
      return []
    case 'rollback':
      return [`rollback:${verdict.code}`]
    case 'hold':
      return verdict.reasons.map(({ code }) => code)
    case 'wait':
      return ['time_not_over', ...verdict.evidence.concerns.map(({ code }) => code)]
  }
}

/**
 * Carries it out. `missing`: what the evidence lacked when a promotion was decided on; it is written in front of the reason, into the
 * ledger and the audit log. A promotion is one out of the step that `rollout` shows: NX-ROLLOUT-MOVED when it is not there any more. Throws
 * what the store's `act` throws.
 */
export async function steer(
  { rollouts, actor }: Steerer,
  rollout: Rollout,
  { action, reason, quarantine, step }: SteeringRequest,
  missing: readonly string[] = [],
): Promise<Rollout> {
  const by = actorName(actor)
  switch (action) {
    case 'promote': {
      const label = missing.length === 0 ? '' : `[${withoutEvidence}: ${missing.join(', ')}] `
      const seen = isLive(rollout.state) ? { seen: rollout.state.at } : {}
      return await rollouts.act(rollout.id, { action, by, reason: `${label}${reason}`, ...seen }, actor)
    }
    case 'abort':
      return await rollouts.act(rollout.id, { action, by, reason, quarantine }, actor)
    case 'approve': {
      const of = rollout.state.state === 'pending_approval' ? null : stepToApprove(rollout, step)
      return await rollouts.act(rollout.id, { action, by, reason, step: of }, actor)
    }
    default:
      return await rollouts.act(rollout.id, { action, by, reason }, actor)
  }
}

/** How a promotion that does not rest on evidence is marked, as the judge marks its own. */
export const withoutEvidence = 'advanced without evidence'

/** The step that is meant; null: the one after the present. Throws NX-ROLLOUT-STEP, NX-ROLLOUT-ACTION: there is none ahead. */
function stepToApprove({ state, policy }: Rollout, step: number | null): number {
  if (step !== null) {
    if (step >= 0 && step < policy.steps.length) return step
    throw new NxError('usage', 'NX-ROLLOUT-STEP', `The rollout has no step ${step + 1}`, {
      fix: `Its steps are 1 to ${policy.steps.length}: neuronx rollout show`,
    })
  }
  if (isLive(state)) {
    const next = state.at.phase === 'shadow' ? 0 : state.at.step + 1
    if (next < policy.steps.length) return next
  }
  throw new NxError('conflict', 'NX-ROLLOUT-ACTION', `A rollout that is ${state.state} cannot approve`, {
    detail: 'There is no step ahead that an approval could be for.',
    fix: 'See where it is: neuronx rollout status',
  })
}

function ownApproval({ id, startedBy }: Rollout): NxError {
  return new NxError('denied', 'NX-ROLLOUT-OWN-APPROVAL', 'Who started a rollout cannot approve it', {
    detail: `${startedBy} started rollout ${id}.`,
    fix: 'Ask somebody else with the permission config.apply, or set approval.risk: never in its RolloutPolicy.',
  })
}
