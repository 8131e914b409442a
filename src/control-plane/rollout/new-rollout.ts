import { scopeName } from '../documents/document.ts'
import type { Actor } from '../../platform/access/actor.ts'
import { actorName } from '../../platform/access/actor.ts'
import { candidateDigestOf } from './changed-rollout.ts'
import type { NewRollout } from './rollout-store.ts'
import type { Rollout } from './rollout.ts'
import { startRollout } from './state/start-rollout.ts'

/** A rollout as it begins, in its first state. `nowMs`, epoch milliseconds, and `startedAt`, RFC 3339, are one moment of the store's clock. */
export function newRollout(
  wanted: Omit<NewRollout, 'overrideQuarantine' | 'seen'>,
  { id, nowMs, startedAt, actor }: { id: string; nowMs: number; startedAt: string; actor: Actor },
): Rollout {
  const { policy, risk, predictions, planId, reason } = wanted
  const scopes = wanted.scopes.toSorted((a, b) => (scopeName(a.scope) < scopeName(b.scope) ? -1 : 1))
  return {
    id,
    candidateDigest: candidateDigestOf(scopes),
    scopes,
    policy,
    state: startRollout(policy, risk, nowMs),
    version: 1,
    risk,
    predictions,
    planId,
    reason,
    startedAt,
    startedBy: actorName(actor),
    endedAt: null,
  }
}
