import type pg from 'pg'
import { findConflict } from '../../../control-plane/rollout/find-conflict.ts'
import { holdsScopes } from '../../../control-plane/rollout/changed-rollout.ts'
import {
  rolloutAmbiguous,
  rolloutBusy,
  rolloutNotFound,
} from '../../../control-plane/rollout/rollout-errors.ts'
import type {
  ClaimedRollout,
  RolloutFilter,
  RolloutObserved,
  RolloutStore,
  RolloutStart,
  StartedRollouts,
} from '../../../control-plane/rollout/rollout-store.ts'
import type { Rollout, RolloutRecord } from '../../../control-plane/rollout/rollout.ts'
import { advance } from '../../../control-plane/rollout/state/advance.ts'
import type { Advanced, OperatorAction } from '../../../control-plane/rollout/state/rollout-state.ts'
import { NxError } from '../../../kernel/errors.ts'
import type { Actor } from '../../../platform/access/actor.ts'
import { actorName } from '../../../platform/access/actor.ts'
import { jsonText } from '../connection/json-text.ts'
import { inRole, run, runAlone } from '../connection/transaction.ts'
import { readHeads, requireBase } from '../plans/activate-revisions.ts'
import { serialiseApply } from '../platform/revision-statements.ts'
import { auditRollout, changeRollout, ownerOf } from './change-rollout.ts'
import { readExposures } from './exposures.ts'
import { forgetObservations } from './forget-observations.ts'
import { observeRollout } from './observe-rollout.ts'
import { recordOf, rolloutOf, seenBy } from './rollout-row.ts'
import type { RolloutRow, TransitionRow } from './rollout-row.ts'
import * as sql from './rollout-statements.ts'
import { startInTransaction } from './start-rollout.ts'

const actuator: Actor = { kind: 'daemon', name: 'rollout' }

/** Rollouts on Postgres: metadata as neuronx_control, what is a tenant's own as neuronx_app within the tenant. */
export class PostgresRolloutStore implements RolloutStore {
  readonly #pools: { readonly app: pg.Pool; readonly relay: pg.Pool; readonly control: pg.Pool }

  constructor(pools: { app: pg.Pool; relay: pg.Pool; control: pg.Pool }) {
    this.#pools = pools
  }

  async start(wanted: RolloutStart, actor: Actor): Promise<StartedRollouts> {
    return inRole(this.#pools.control, async (client) => startInTransaction(client, wanted, actor))
  }

  async get(id: string, tenantId: string | null): Promise<Rollout | null> {
    const hex = id.toLowerCase().replaceAll('-', '')
    if (!/^[0-9a-f]{4,32}$/.test(hex)) return null
    const values = [tenantId, hex.padEnd(32, '0'), hex.padEnd(32, 'f')]
    const [row, another] = await runAlone<RolloutRow>(this.#pools.control, sql.between, values)
    if (another !== undefined) throw rolloutAmbiguous(id)
    return row === undefined ? null : seenBy(rolloutOf(row), tenantId)
  }

  async list({ tenantId, live, endedAfter, limit }: RolloutFilter): Promise<readonly Rollout[]> {
    const values = [tenantId, live ?? null, endedAfter ?? null, limit]
    const rows = await runAlone<RolloutRow>(this.#pools.control, sql.list, values)
    return rows.map((row) => seenBy(rolloutOf(row), tenantId))
  }

  async records(id: string, tenantId: string | null): Promise<readonly RolloutRecord[]> {
    const rollout = await this.get(id, tenantId)
    if (rollout === null) return []
    const rows = await runAlone<TransitionRow>(this.#pools.control, sql.records, [rollout.id])
    return rows.map(recordOf)
  }

  async observe(rollout: Rollout): Promise<RolloutObserved> {
    return await observeRollout(this.#pools, rollout)
  }

  async act(id: string, action: OperatorAction, actor: Actor): Promise<Rollout> {
    const found = await this.get(id, null)
    if (found === null) throw rolloutNotFound(id)
    const by = actorName(actor)
    return inRole(this.#pools.control, async (client) => {
      await run(client, serialiseApply, [])
      const rollout = await locked(client, found.id)
      const nowMs = await databaseNow(client)
      const given = { ...action, by }
      const { state, transition } = advance(
        rollout.state,
        { from: 'operator', action: given },
        rollout.policy,
        nowMs,
      )
      if (given.action === 'approve' && given.step !== null)
        await approveStep(client, rollout, { ...given, step: given.step })
      if (transition !== null) {
        if (holdsScopes(state) && !holdsScopes(rollout.state)) await requireRoom(client, rollout)
        await changeRollout(client, rollout, { state, transition, judged: null, epoch: null }, actor)
      }
      const before = { state: rollout.state.state }
      const after = { state: state.state, ...stepNote(given) }
      const { action: name, reason } = given
      await auditRollout(client, rollout, { actor: by, action: name, reason, before, after })
      return await locked(client, found.id)
    })
  }

  async served(tenantId: string): Promise<readonly Rollout[]> {
    const rows = await runAlone<RolloutRow>(this.#pools.control, sql.served, [tenantId])
    return rows.map((row) => seenBy(rolloutOf(row), tenantId))
  }

  async acknowledge(daemonId: string, versions: ReadonlyMap<string, number>): Promise<void> {
    if (versions.size === 0) return
    const rows = [...versions].map(([rolloutId, version]) => ({ rollout_id: rolloutId, version }))
    await runAlone(this.#pools.control, sql.acknowledge, [daemonId, jsonText(rows)])
  }

  async claim(owner: string, leaseMs: number): Promise<ClaimedRollout | null> {
    return inRole(this.#pools.control, async (client) => {
      const [claimed] = await run<{ id: string }>(client, sql.claim, [owner, leaseMs])
      if (claimed === undefined) return null
      const [row] = await run<RolloutRow>(client, sql.byId, [claimed.id])
      return row === undefined ? null : { rollout: rolloutOf(row), epoch: row.lease_epoch }
    })
  }

  async release({ rollout, epoch }: ClaimedRollout, lookAgainMs = 0): Promise<void> {
    await runAlone(this.#pools.control, sql.release, [rollout.id, epoch, lookAgainMs])
  }

  async commit(
    { rollout, epoch }: ClaimedRollout,
    { state, transition }: Advanced,
    judged: RolloutRecord['judged'],
  ): Promise<boolean> {
    if (transition === null) return true
    return inRole(this.#pools.control, async (client) => {
      await run(client, serialiseApply, [])
      return await changeRollout(client, rollout, { state, transition, judged, epoch }, actuator)
    })
  }

  async failToStart(id: string, reason: string): Promise<boolean> {
    return inRole(this.#pools.control, async (client) => {
      await run(client, serialiseApply, [])
      const rollout = await locked(client, id)
      const event = { event: 'failed_to_start', reason: reason.slice(0, reasonMax) } as const
      const input = { from: 'system', event } as const
      const { state, transition } = advance(rollout.state, input, rollout.policy, await databaseNow(client))
      if (transition === null) return rollout.state.state === 'failed_to_start'
      return await changeRollout(client, rollout, { state, transition, judged: null, epoch: null }, actuator)
    })
  }

  async forget(limit: number): Promise<number> {
    return await forgetObservations(this.#pools.control, limit)
  }

  async exposures(
    id: string,
    tenantId: string | null,
    page: { readonly limit: number; readonly after: string | null },
  ): ReturnType<RolloutStore['exposures']> {
    const rollout = await this.get(id, tenantId)
    if (rollout === null) throw rolloutNotFound(id)
    return await readExposures(this.#pools, rollout.id, tenantId, page)
  }
}

const reasonMax = 1_000

async function locked(client: pg.ClientBase, id: string): Promise<Rollout> {
  const [row] = await run<RolloutRow>(client, sql.forUpdate, [id])
  if (row === undefined) throw rolloutNotFound(id)
  return rolloutOf(row)
}

async function databaseNow(client: pg.ClientBase): Promise<number> {
  const [time] = await run<{ nowMs: number }>(client, sql.databaseNow, [])
  return time?.nowMs ?? 0
}

/** One that failed to start let its scopes go. Throws NX-ROLLOUT-BUSY, NX-PLAN-STALE. */
async function requireRoom(client: pg.ClientBase, rollout: Rollout): Promise<void> {
  const live = (await run<RolloutRow>(client, sql.live, [])).map(rolloutOf)
  const found = findConflict(rollout.scopes, live)
  if (found.conflict !== 'none') throw rolloutBusy(found.rollout)
  const [other] = found.supersedes
  if (other !== undefined) throw rolloutBusy(other)
  const base = rollout.scopes.map(({ scope, baseline }) => ({ scope, digest: baseline.digest }))
  const tenants = rollout.scopes.flatMap(({ tenantId }) => tenantId ?? [])
  requireBase(base, [], await readHeads(client, tenants))
}

async function approveStep(
  client: pg.ClientBase,
  rollout: Rollout,
  { step, by, reason }: { readonly step: number; readonly by: string; readonly reason: string },
): Promise<void> {
  const next = rollout.policy.steps[step]
  if (next === undefined) {
    const last = rollout.policy.steps.length - 1
    throw new NxError('usage', 'NX-ROLLOUT-STEP', `The rollout has no step ${step}`, {
      fix: `Its steps are 0 to ${last}.`,
    })
  }
  const values = [rollout.id, step, by, ownerOf(rollout), reason]
  const made = await run(client, sql.insertApproval, values)
  if (made.length === 0) {
    throw new NxError('conflict', 'NX-ROLLOUT-APPROVED-ALREADY', `${by} has approved it already`, {
      fix: 'Somebody else must.',
    })
  }
  await run(client, sql.lookNow, [rollout.id])
}

function stepNote(action: OperatorAction): { step?: number } {
  return action.action === 'approve' && action.step !== null ? { step: action.step } : {}
}
