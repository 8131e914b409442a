import type pg from 'pg'
import { startTransition, stepOf, weightOf } from '../../../control-plane/rollout/changed-rollout.ts'
import { findConflict } from '../../../control-plane/rollout/find-conflict.ts'
import type { StartConflict } from '../../../control-plane/rollout/find-conflict.ts'
import { newRollout } from '../../../control-plane/rollout/new-rollout.ts'
import {
  labelOf,
  rolloutBusy,
  rolloutOvertaken,
  rolloutScopes,
} from '../../../control-plane/rollout/rollout-errors.ts'
import type {
  FreshScopes,
  NewRollout,
  RolloutStart,
  StartedRollouts,
} from '../../../control-plane/rollout/rollout-store.ts'
import type { Rollout } from '../../../control-plane/rollout/rollout.ts'
import { advance } from '../../../control-plane/rollout/state/advance.ts'
import type { AppliedScope } from '../../../control-plane/revisions/revision-store.ts'
import { newId } from '../../../kernel/ids.ts'
import type { Actor } from '../../../platform/access/actor.ts'
import { jsonText } from '../connection/json-text.ts'
import { run } from '../connection/transaction.ts'
import { readHeads, requireBase, requireUnquarantined } from '../plans/activate-revisions.ts'
import { applyRevisions } from '../plans/apply-revisions.ts'
import { rollOutSavedPlan } from '../plans/close-plan.ts'
import { columnsOf, tenantIds } from '../plans/revision-rows.ts'
import { serialiseApply } from '../platform/revision-statements.ts'
import { auditRollout, changeRollout, ownerOf, writeTransition } from './change-rollout.ts'
import { rolloutOf } from './rollout-row.ts'
import type { RolloutRow } from './rollout-row.ts'
import * as sql from './rollout-statements.ts'

/** Starts rollouts in the transaction of `client` (neuronx_control). See RolloutStore.start. */
export async function startInTransaction(
  client: pg.ClientBase,
  { rollouts: wanted, fresh }: RolloutStart,
  actor: Actor,
): Promise<StartedRollouts> {
  await run(client, serialiseApply, [])
  for (const { scopes } of wanted) requireOneOwner(scopes)
  const live = (await run<RolloutRow>(client, sql.live, [])).map(rolloutOf)
  const places = wanted.map(({ scopes, seen }) => placeOf(findConflict(scopes, live, seen)))
  const planId = wanted[0]?.planId ?? null
  const again = places.every(({ conflict }) => conflict === 'same')
  if (planId !== null) await rollOutSavedPlan(client, planId, { actor, again })
  const activated = fresh === null ? [] : await activateFresh(client, fresh, actor)
  const started: Rollout[] = []
  for (const [index, one] of wanted.entries()) {
    const found = places[index]
    if (found === undefined) continue
    started.push(
      found.conflict === 'same' ? found.rollout : await startOne(client, one, found.supersedes, actor),
    )
  }
  return { rollouts: started, activated }
}

/** Throws NX-ROLLOUT-BUSY, NX-ROLLOUT-OVERTAKEN. */
function placeOf(found: StartConflict): Exclude<StartConflict, { conflict: 'busy' | 'overtaken' }> {
  if (found.conflict === 'busy') throw rolloutBusy(found.rollout)
  if (found.conflict === 'overtaken') throw rolloutOvertaken(found.rollout)
  return found
}

async function activateFresh(
  client: pg.ClientBase,
  { revisions, base, source, reason, overrideQuarantine = false }: FreshScopes,
  actor: Actor,
): Promise<readonly AppliedScope[]> {
  const options = { base, overrideQuarantine }
  const { applied, refused } = await applyRevisions(client, { revisions, source, actor, reason, options })
  if (refused !== undefined) throw refused.error
  return applied
}

async function startOne(
  client: pg.ClientBase,
  wanted: NewRollout,
  supersedes: readonly Rollout[],
  actor: Actor,
): Promise<Rollout> {
  const { scopes } = wanted
  const tenants = await tenantIds(
    client,
    scopes.map(({ scope }) => scope),
  )
  const digests = scopes.map(({ scope, candidate }) => ({ scope, digest: candidate.digest }))
  const base = scopes.map(({ scope, baseline }) => ({ scope, digest: baseline.digest }))
  // A candidate that is active already is no reason to go on, as it is for an apply: there is nothing to roll out.
  requireBase(base, [], await readHeads(client, tenants.values()))
  const override = wanted.overrideQuarantine ?? false
  await requireUnquarantined(client, digests, tenants, { override, reason: wanted.reason })

  const [time] = await run<{ nowMs: number; now: string }>(client, sql.databaseNow, [])
  const { nowMs, now } = time as { nowMs: number; now: string }
  const started = { id: newId(), nowMs, startedAt: now, actor }
  const rollout = newRollout(wanted, started)
  const { candidateDigest } = rollout
  for (const older of supersedes) await supersede(client, older, candidateDigest, nowMs, actor)
  await insertRollout(client, rollout, tenants)
  await writeTransition(client, rollout, {
    state: rollout.state,
    transition: startTransition(rollout, nowMs),
    judged: null,
  })
  const after = { state: rollout.state.state, candidate: candidateDigest, ...planNote(rollout) }
  const { startedBy, reason } = rollout
  await auditRollout(client, rollout, { actor: startedBy, action: 'start', reason, before: null, after })
  return rollout
}

/** Ends a rollout because something newer takes its place. Nothing happens when it is over already. */
export async function supersede(
  client: pg.ClientBase,
  older: Rollout,
  byDigest: string,
  nowMs: number,
  actor: Actor,
): Promise<void> {
  const input = { from: 'system', event: { event: 'superseded', byDigest } } as const
  const { state, transition } = advance(older.state, input, older.policy, nowMs)
  if (transition === null) return
  await changeRollout(client, older, { state, transition, judged: null, epoch: null }, actor)
}

async function insertRollout(
  client: pg.ClientBase,
  rollout: Rollout,
  tenants: ReadonlyMap<string, string>,
): Promise<void> {
  const { id, scopes, policy, state } = rollout
  await run(client, sql.insert, [
    id,
    ownerOf(rollout),
    labelOf(scopes),
    rollout.candidateDigest,
    jsonText(policy),
    rollout.risk,
    jsonText(rollout.predictions),
    rollout.planId,
    rollout.reason,
    jsonText(state),
    state.state,
    stepOf(state),
    weightOf(policy, state),
    rollout.startedBy,
    rollout.startedAt,
  ])
  for (const { scope, baseline, candidate } of scopes) {
    const columns = columnsOf(scope, tenants)
    await run(client, sql.insertScope, [id, ...columns, baseline.revisionId, candidate.revisionId])
  }
}

/** One tenant's scopes, or the global one and what is below it: what a tenant does is no other's business. */
function requireOneOwner(scopes: NewRollout['scopes']): void {
  if (scopes.length === 0) throw rolloutScopes('There is no scope.')
  const tenants = new Set(scopes.map(({ tenantId }) => tenantId))
  if (tenants.has(null) || tenants.size === 1) return
  throw rolloutScopes('They belong to several tenants, and the global scope is not among them.')
}

function planNote({ planId }: Rollout): { plan?: string } {
  return planId === null ? {} : { plan: planId }
}
