import type pg from 'pg'
import {
  changesAssignment,
  endedAtMs,
  holdsScopes,
  stepOf,
  weightOf,
} from '../../../control-plane/rollout/changed-rollout.ts'
import { labelOf } from '../../../control-plane/rollout/rollout-errors.ts'
import type { Rollout, RolloutRecord } from '../../../control-plane/rollout/rollout.ts'
import type { RolloutState, RolloutTransition } from '../../../control-plane/rollout/state/rollout-state.ts'
import type { JsonObject } from '../../../kernel/json.ts'
import type { Actor } from '../../../platform/access/actor.ts'
import { actorName } from '../../../platform/access/actor.ts'
import { jsonText } from '../connection/json-text.ts'
import { run } from '../connection/transaction.ts'
import { activateRevision, describeActivations, readHeads } from '../plans/activate-revisions.ts'
import { putInQuarantine } from '../plans/put-in-quarantine.ts'
import { writeAudit } from '../platform/write-audit.ts'
import * as sql from './rollout-statements.ts'

export interface RolloutChange {
  readonly state: RolloutState
  readonly transition: RolloutTransition
  readonly judged: RolloutRecord['judged']
  /** The fencing token; null: a person acts, who needs no lease. */
  readonly epoch: string | null
}

/**
 * A rollout's new state, its row in the ledger and what goes with it, within a transaction that holds the lock of applies. False: the
 * version or the lease has moved on, nothing was changed.
 */
export async function changeRollout(
  client: pg.ClientBase,
  rollout: Rollout,
  { state, transition, judged, epoch }: RolloutChange,
  actor: Actor,
): Promise<boolean> {
  const endedMs = endedAtMs(state)
  const live = holdsScopes(state)
  const changed = await run(client, sql.change, [
    rollout.id,
    rollout.version,
    epoch,
    jsonText(state),
    state.state,
    live,
    stepOf(state),
    weightOf(rollout.policy, state),
    changesAssignment(rollout.policy, rollout.state, state),
    endedMs === null ? null : new Date(endedMs).toISOString(),
  ])
  if (changed.length === 0) return false
  await run(client, sql.holdScopes, [rollout.id, live])
  await writeTransition(client, rollout, { state, transition, judged })
  if (state.state === 'completed') await activateCandidates(client, rollout, actor)
  if (transition.quarantine) await quarantineCandidates(client, rollout, transition, actor)
  return true
}

/** The next row of the ledger. */
export async function writeTransition(
  client: pg.ClientBase,
  rollout: Pick<Rollout, 'id' | 'scopes'>,
  { state, transition, judged }: Pick<RolloutChange, 'state' | 'transition' | 'judged'>,
): Promise<void> {
  await run(client, sql.insertTransition, [
    rollout.id,
    ownerOf(rollout),
    new Date(transition.atMs).toISOString(),
    transition.from,
    transition.to,
    jsonText(transition),
    jsonText(state),
    judged === null ? null : jsonText(judged),
  ])
}

/** Whose rollout it is: a tenant's, or (null) nobody's alone, for the global scope is part of it. */
export function ownerOf({ scopes }: Pick<Rollout, 'scopes'>): string | null {
  return scopes.some(({ tenantId }) => tenantId === null) ? null : (scopes[0]?.tenantId ?? null)
}

export async function auditRollout(
  client: pg.ClientBase,
  rollout: Pick<Rollout, 'id' | 'scopes'>,
  entry: {
    readonly actor: string
    readonly action: string
    readonly reason: string | null
    readonly before: JsonObject | null
    readonly after: JsonObject
  },
): Promise<void> {
  const { actor, reason, before, after } = entry
  await writeAudit(client, {
    tenantId: ownerOf(rollout),
    actor,
    action: `rollout.${entry.action}`,
    target: `rollout/${rollout.id}`,
    reason,
    before,
    after: { ...after, scopes: labelOf(rollout.scopes) },
  })
}

async function activateCandidates(client: pg.ClientBase, rollout: Rollout, actor: Actor): Promise<void> {
  const reason = rollout.reason ?? `rollout ${rollout.id} is complete`
  const described = { kind: 'rollout', planId: rollout.planId, reason } as const
  const tenants = new Map<string, string>()
  for (const { scope, tenantId } of rollout.scopes)
    if (scope.level !== 'global' && tenantId !== null) tenants.set(scope.tenant, tenantId)
  const heads = await readHeads(client, tenants.values())
  await describeActivations(client, described)
  const context = { tenants, heads, actor, action: 'rollout.complete', ...described }
  for (const { scope, candidate } of rollout.scopes) {
    const revision = {
      id: candidate.revisionId,
      scope,
      digest: candidate.digest,
      note: { rollout: rollout.id },
    }
    await activateRevision(client, revision, context)
  }
}

async function quarantineCandidates(
  client: pg.ClientBase,
  rollout: Rollout,
  { reason, from, percentBefore }: RolloutTransition,
  actor: Actor,
): Promise<void> {
  const by = actorName(actor)
  const evidence = { rollout: rollout.id, state: from, percent: percentBefore }
  for (const { scope, tenantId, candidate } of rollout.scopes) {
    const workspace = scope.level === 'workspace' ? scope.workspace : null
    const wanted = { scope, tenantId, workspace, digest: candidate.digest, reason, evidence, by }
    await putInQuarantine(client, wanted, { rollout: rollout.id })
  }
}
