import type pg from 'pg'
import { scopeName } from '../../../control-plane/documents/document.ts'
import type { ScopeDigest } from '../../../control-plane/revisions/revision-store.ts'
import { advance } from '../../../control-plane/rollout/state/advance.ts'
import { isLive } from '../../../control-plane/rollout/state/record-transition.ts'
import type { RolloutInput } from '../../../control-plane/rollout/state/rollout-state.ts'
import type { Actor } from '../../../platform/access/actor.ts'
import { actorName } from '../../../platform/access/actor.ts'
import { run } from '../connection/transaction.ts'
import { changeRollout } from './change-rollout.ts'
import { rolloutOf } from './rollout-row.ts'
import type { RolloutRow } from './rollout-row.ts'
import * as sql from './rollout-statements.ts'

/**
 * Ends the rollouts whose baseline goes away under them, in the transaction that makes something else active: a rollback aborts them,
 * anything else takes their place.
 */
export async function endRolloutsOf(
  client: pg.ClientBase,
  changes: readonly ScopeDigest[],
  { kind, actor, reason }: { readonly kind: string; readonly actor: Actor; readonly reason: string | null },
): Promise<void> {
  if (changes.length === 0) return
  const changed = new Map(changes.map(({ scope, digest }) => [scopeName(scope), digest]))
  const live = (await run<RolloutRow>(client, sql.live, [])).map(rolloutOf)
  const touched = live.filter(({ scopes }) => scopes.some(({ scope }) => changed.has(scopeName(scope))))
  if (touched.length === 0) return
  const [time] = await run<{ nowMs: number }>(client, sql.databaseNow, [])
  for (const rollout of touched) {
    const scope = rollout.scopes.find((one) => changed.has(scopeName(one.scope)))
    const byDigest = scope === undefined ? '' : (changed.get(scopeName(scope.scope)) ?? '')
    const by = actorName(actor)
    const input: RolloutInput =
      kind === 'rollback' && isLive(rollout.state)
        ? {
            from: 'operator',
            action: { action: 'abort', by, reason: reason?.trim() || 'config rollback', quarantine: false },
          }
        : { from: 'system', event: { event: 'superseded', byDigest } }
    const { state, transition } = advance(rollout.state, input, rollout.policy, time?.nowMs ?? 0)
    if (transition === null) continue
    await changeRollout(client, rollout, { state, transition, judged: null, epoch: null }, actor)
  }
}
