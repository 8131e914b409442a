import { scopeName } from '../../../src/control-plane/documents/document.ts'
import {
  changesAssignment,
  endedAtMs,
  holdsScopes,
  startTransition,
} from '../../../src/control-plane/rollout/changed-rollout.ts'
import { findConflict } from '../../../src/control-plane/rollout/find-conflict.ts'
import { newRollout } from '../../../src/control-plane/rollout/new-rollout.ts'
import {
  rolloutAmbiguous,
  rolloutBusy,
  rolloutNotFound,
} from '../../../src/control-plane/rollout/rollout-errors.ts'
import type {
  ClaimedRollout,
  NewRollout,
  RolloutFilter,
  RolloutObserved,
  RolloutStart,
  RolloutStore,
  StartedRollouts,
} from '../../../src/control-plane/rollout/rollout-store.ts'
import type { Rollout, RolloutRecord, UnitObservation } from '../../../src/control-plane/rollout/rollout.ts'
import { advance } from '../../../src/control-plane/rollout/state/advance.ts'
import type {
  Advanced,
  OperatorAction,
  RolloutInput,
} from '../../../src/control-plane/rollout/state/rollout-state.ts'
import type { Clock } from '../../../src/kernel/clock.ts'
import { NxError } from '../../../src/kernel/errors.ts'
import { newId } from '../../../src/kernel/ids.ts'
import { actorName } from '../../../src/platform/access/actor.ts'
import type { Actor } from '../../../src/platform/access/actor.ts'
import type { TenantStore } from '../../../src/platform/tenants/tenant-store.ts'
import { MemoryObservations } from './memory-observations.ts'
import { checkStart } from './check-start.ts'
import { observeInMemory } from './observe-in-memory.ts'
import type { MemoryRevisionStore } from '../memory-revision-store.ts'

interface Kept {
  rollout: Rollout
  assigned: number
  epoch: number
  leaseUntilMs: number
  lookAtMs: number
  countsAtMs: number | null
}

const unclaimed = { assigned: 1, epoch: 0, leaseUntilMs: 0, countsAtMs: null }
const actuator: Actor = { kind: 'daemon', name: 'rollout' }

/** Rollouts in memory, over the tenants and revisions of other fakes. `daemons`: those that live. */
export class MemoryRolloutStore implements RolloutStore {
  readonly observations = new MemoryObservations()
  readonly daemons = new Set<string>()
  readonly #rollouts: Kept[] = []
  readonly #records = new Map<string, RolloutRecord[]>()
  readonly #approvals = new Map<string, { step: number; by: string }[]>()
  readonly #acks = new Map<string, number>()
  readonly #tenants: Pick<TenantStore, 'list'>
  readonly #revisions: MemoryRevisionStore
  readonly #clock: Clock

  constructor(tenants: Pick<TenantStore, 'list'>, revisions: MemoryRevisionStore, clock: Clock) {
    this.#tenants = tenants
    this.#revisions = revisions
    this.#clock = clock
  }

  /** What a daemon would write with its decisions. */
  observed(observations: readonly UnitObservation[]): void {
    this.observations.add(observations, this.#nowMs())
  }

  async start({ rollouts: wanted, fresh }: RolloutStart, actor: Actor): Promise<StartedRollouts> {
    const live = this.#live().map(({ rollout }) => rollout)
    const { quarantine } = this.#revisions
    const places = []
    for (const one of wanted)
      places.push(checkStart(one, { live, heads: await this.#heads(one.scopes), quarantine }))
    const planId = wanted[0]?.planId ?? null
    const again = places.every(({ conflict }) => conflict === 'same')
    if (planId !== null) this.#revisions.rollOut(planId, actor, again)
    const activated =
      fresh === null
        ? []
        : await this.#revisions.apply(fresh.revisions, fresh.source, actor, fresh.reason, fresh)
    const started: Rollout[] = []
    for (const [index, one] of wanted.entries()) {
      const found = places[index]
      if (found?.conflict === 'same') started.push(found.rollout)
      else started.push(await this.#startOne(one, found?.supersedes ?? [], actor))
    }
    return { rollouts: started, activated }
  }

  async #startOne(wanted: NewRollout, supersedes: readonly Rollout[], actor: Actor): Promise<Rollout> {
    const nowMs = this.#nowMs()
    const started = { id: newId(), nowMs, startedAt: new Date(nowMs).toISOString(), actor }
    const rollout = newRollout(wanted, started)
    for (const older of supersedes) {
      const event = { event: 'superseded', byDigest: rollout.candidateDigest } as const
      await this.#input(this.#kept(older.id), { from: 'system', event }, actor)
    }
    this.#rollouts.push({ ...unclaimed, rollout, lookAtMs: nowMs })
    const first = startTransition(rollout, nowMs)
    this.#records.set(rollout.id, [
      { ...first, rolloutId: rollout.id, seq: 1, state: rollout.state, judged: null },
    ])
    return rollout
  }

  async get(id: string, tenantId: string | null): Promise<Rollout | null> {
    const found = this.#visible(tenantId).filter((rollout) => id.length >= 4 && rollout.id.startsWith(id))
    if (found.length > 1) throw rolloutAmbiguous(id)
    return found[0] ?? null
  }

  async list({ tenantId, live, endedAfter, limit }: RolloutFilter): Promise<readonly Rollout[]> {
    return this.#visible(tenantId)
      .filter(({ state }) => live === undefined || holdsScopes(state) === live)
      .filter(({ endedAt }) => endedAfter === undefined || endedAt === null || endedAt > endedAfter)
      .toReversed()
      .slice(0, limit)
  }

  async records(id: string, tenantId: string | null): Promise<readonly RolloutRecord[]> {
    const rollout = await this.get(id, tenantId)
    return rollout === null ? [] : [...(this.#records.get(rollout.id) ?? [])]
  }

  async observe(rollout: Rollout): Promise<RolloutObserved> {
    const kept = this.#kept(rollout.id)
    kept.countsAtMs = this.#nowMs()
    const acked = (id: string): number => this.#acks.get(`${rollout.id} ${id}`) ?? 0
    return observeInMemory(rollout, {
      observations: this.observations,
      tenants: await this.#tenants.list(),
      heads: await this.#heads(rollout.scopes),
      behind: [...this.daemons].filter((id) => acked(id) < kept.assigned),
      approvals: this.#approvals.get(rollout.id) ?? [],
      nowMs: this.#nowMs(),
    })
  }

  async act(id: string, action: OperatorAction, actor: Actor): Promise<Rollout> {
    const found = await this.get(id, null)
    if (found === null) throw rolloutNotFound(id)
    const kept = this.#kept(found.id)
    const given = { ...action, by: actorName(actor) }
    if (given.action === 'retry' && found.state.state === 'failed_to_start') {
      const conflict = findConflict(
        found.scopes,
        this.#live().map(({ rollout }) => rollout),
      )
      if (conflict.conflict !== 'none') throw rolloutBusy(conflict.rollout)
      if (conflict.supersedes[0] !== undefined) throw rolloutBusy(conflict.supersedes[0])
    }
    await this.#input(kept, { from: 'operator', action: given }, actor)
    if (given.action === 'approve' && given.step !== null) this.#approve(found, given.step, given.by)
    return kept.rollout
  }

  async served(tenantId: string): Promise<readonly Rollout[]> {
    return this.#visible(tenantId).filter(({ state }) => holdsScopes(state))
  }

  async acknowledge(daemonId: string, versions: ReadonlyMap<string, number>): Promise<void> {
    for (const [id, version] of versions) this.#acks.set(`${id} ${daemonId}`, version)
  }

  async claim(_owner: string, leaseMs: number): Promise<ClaimedRollout | null> {
    const nowMs = this.#nowMs()
    const due = this.#live()
      .filter(({ leaseUntilMs, lookAtMs }) => leaseUntilMs < nowMs && lookAtMs <= nowMs)
      .toSorted((a, b) => a.lookAtMs - b.lookAtMs)[0]
    if (due === undefined) return null
    due.epoch += 1
    due.leaseUntilMs = nowMs + leaseMs
    return { rollout: due.rollout, epoch: String(due.epoch) }
  }

  async release({ rollout, epoch }: ClaimedRollout, lookAgainMs = 0): Promise<void> {
    const kept = this.#kept(rollout.id)
    if (String(kept.epoch) !== epoch) return
    kept.leaseUntilMs = 0
    kept.lookAtMs = this.#nowMs() + lookAgainMs
  }

  async commit(
    { rollout, epoch }: ClaimedRollout,
    advanced: Advanced,
    judged: RolloutRecord['judged'],
  ): Promise<boolean> {
    const kept = this.#kept(rollout.id)
    if (advanced.transition === null) return true
    if (String(kept.epoch) !== epoch || kept.rollout.version !== rollout.version) return false
    await this.#change(kept, advanced, judged, actuator)
    return true
  }

  async failToStart(id: string, reason: string): Promise<boolean> {
    const kept = this.#kept(id)
    const event = { event: 'failed_to_start', reason } as const
    await this.#input(kept, { from: 'system', event }, actuator)
    return kept.rollout.state.state === 'failed_to_start'
  }

  async forget(): Promise<number> {
    const over = this.#rollouts.filter(({ rollout }) => rollout.endedAt !== null)
    return this.observations.forget(new Set(over.map(({ rollout }) => rollout.id)))
  }

  async exposures(
    id: string,
    tenantId: string | null,
    { limit, after }: { readonly limit: number; readonly after: string | null },
  ): ReturnType<RolloutStore['exposures']> {
    const rollout = await this.get(id, tenantId)
    if (rollout === null) throw rolloutNotFound(id)
    return this.observations.exposures(rollout.id, tenantId, limit, Number(after ?? 0))
  }

  async #input(kept: Kept, input: RolloutInput, actor: Actor): Promise<void> {
    const { state, policy } = kept.rollout
    await this.#change(kept, advance(state, input, policy, this.#nowMs()), null, actor)
  }

  async #change(
    kept: Kept,
    { state, transition }: Advanced,
    judged: RolloutRecord['judged'],
    actor: Actor,
  ): Promise<void> {
    if (transition === null) return
    const { rollout } = kept
    const version = rollout.version + 1
    if (changesAssignment(rollout.policy, rollout.state, state)) kept.assigned = version
    const endedMs = endedAtMs(state)
    const endedAt = endedMs === null ? null : new Date(endedMs).toISOString()
    kept.rollout = { ...rollout, state, version, endedAt }
    const records = this.#records.get(rollout.id) ?? []
    records.push({ ...transition, rolloutId: rollout.id, seq: records.length + 1, state, judged })
    for (const { scope, candidate } of rollout.scopes) {
      const { digest } = candidate
      if (state.state === 'completed') {
        const revision = await this.#revisions.revision(scope, digest)
        const options = { kind: 'rollout', overrideQuarantine: true } as const
        if (revision !== null)
          await this.#revisions.apply([revision], revision.source, actor, 'complete', options)
      }
      if (!transition.quarantine) continue
      const { reason } = transition
      await this.#revisions.quarantine.quarantine({ scope, digest, reason, evidence: {} }, actor)
    }
  }

  #approve(rollout: Rollout, step: number, by: string): void {
    if (rollout.policy.steps[step] === undefined)
      throw new NxError('usage', 'NX-ROLLOUT-STEP', `The rollout has no step ${step}`)
    const approvals = this.#approvals.get(rollout.id) ?? []
    if (approvals.some((one) => one.step === step && one.by === by))
      throw new NxError('conflict', 'NX-ROLLOUT-APPROVED-ALREADY', `${by} has approved it already`)
    this.#approvals.set(rollout.id, [...approvals, { step, by }])
    this.#kept(rollout.id).lookAtMs = this.#nowMs()
  }

  async #heads(scopes: Rollout['scopes']): Promise<ReadonlyMap<string, string>> {
    const heads = await this.#revisions.heads(scopes.flatMap(({ tenantId }) => tenantId ?? []))
    return new Map(heads.map(({ scope, digest }) => [scopeName(scope), digest]))
  }

  #visible(tenantId: string | null): Rollout[] {
    return this.#rollouts
      .map(({ rollout }) => rollout)
      .filter(
        ({ scopes }) =>
          tenantId === null || scopes.some((one) => one.tenantId === null || one.tenantId === tenantId),
      )
  }

  #live(): Kept[] {
    return this.#rollouts.filter(({ rollout }) => holdsScopes(rollout.state))
  }

  #kept(id: string): Kept {
    const kept = this.#rollouts.find(({ rollout }) => rollout.id === id)
    if (kept === undefined) throw rolloutNotFound(id)
    return kept
  }

  #nowMs(): number {
    return this.#clock.now().getTime()
  }
}
