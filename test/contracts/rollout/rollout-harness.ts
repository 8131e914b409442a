import type { Scope } from '../../../src/control-plane/documents/document.ts'
import { gatherEvidence } from '../../../src/control-plane/rollout/judge/gather-evidence.ts'
import type { ResolvedPolicy } from '../../../src/control-plane/rollout/policy/resolved-policy.ts'
import type {
  ClaimedRollout,
  NewRollout,
  RolloutStore,
} from '../../../src/control-plane/rollout/rollout-store.ts'
import type { Rollout, RolloutScope, UnitObservation } from '../../../src/control-plane/rollout/rollout.ts'
import { advance } from '../../../src/control-plane/rollout/state/advance.ts'
import type { OperatorAction } from '../../../src/control-plane/rollout/state/rollout-state.ts'
import type { QuarantineStore } from '../../../src/control-plane/revisions/quarantine.ts'
import type { RevisionStore } from '../../../src/control-plane/revisions/revision-store.ts'
import { newId } from '../../../src/kernel/ids.ts'
import type { Actor } from '../../../src/platform/access/actor.ts'
import type { Tenant } from '../../../src/platform/tenants/tenant.ts'
import { policyOf } from '../../control-plane/rollout/judge/observed.ts'
import { eventually } from '../../support/eventually.ts'
import { documentOf, revisionOf, source } from '../revision-store.contract.ts'

export interface RolloutHarness {
  readonly store: RolloutStore
  readonly revisions: RevisionStore
  readonly quarantine: QuarantineStore
  newTenant(): Promise<Tenant>
  suspend(slug: string): Promise<void>
  /** As a daemon writes them, with its decisions. */
  observe(observations: readonly UnitObservation[]): Promise<void>
  /** A command that an event of an entity asked for. */
  command(tenantId: string, entityKey: string, eventId: string): Promise<string>
  settle(commandId: string, tenantId: string, state: 'succeeded' | 'dead', outside?: boolean): Promise<void>
  /** A daemon that lives. */
  daemon(id: string): Promise<void>
}

export const ann: Actor = { kind: 'local', user: 'ann', role: 'engineer' }
export const bob: Actor = { kind: 'local', user: 'bob', role: 'engineer' }

/** Begins with its first step, counts at once. */
export const plainPolicy = policyOf({
  shadowFirst: false,
  approval: { risk: 'never' },
  maturity: { configError: '0s', integrationError: '0s', latency: '0s', decision: '0s' },
})

let width = 0

/** A scope with a baseline that is active, and a candidate that is stored beside it. */
export async function offer(
  { revisions }: Pick<RolloutHarness, 'revisions'>,
  scope: Scope,
  tenantId: string | null,
): Promise<RolloutScope> {
  const active = await revisions.heads(tenantId === null ? [] : [tenantId])
  const head = active.find((one) => JSON.stringify(one.scope) === JSON.stringify(scope))
  width += 2
  const baselineDocuments = head === undefined ? revisionOf(scope, documentOf('shelf', width)) : null
  if (baselineDocuments !== null) await revisions.apply([baselineDocuments], source, ann, null)
  const baselineDigest = head?.digest ?? baselineDocuments?.digest ?? ''
  const candidate = revisionOf(scope, documentOf('shelf', width + 1))
  await revisions.apply([candidate], source, ann, null)
  await revisions.rollback([{ scope, to: baselineDigest }], ann, 'only to have it stored')
  const idOf = async (digest: string): Promise<string> => (await revisions.revision(scope, digest))?.id ?? ''
  return {
    scope,
    tenantId,
    baseline: { revisionId: await idOf(baselineDigest), digest: baselineDigest },
    candidate: { revisionId: await idOf(candidate.digest), digest: candidate.digest },
  }
}

export function newRollout(
  scopes: readonly RolloutScope[],
  policy: ResolvedPolicy = plainPolicy,
  more: Partial<NewRollout> = {},
): NewRollout {
  return { scopes, policy, risk: 'low', predictions: {}, planId: null, reason: 'try it', ...more }
}

/** Starts one rollout, beside which nothing is activated. */
export async function startOne(store: RolloutStore, rollout: NewRollout, actor: Actor): Promise<Rollout> {
  const { rollouts } = await store.start({ rollouts: [rollout], fresh: null }, actor)
  const [started] = rollouts
  if (started === undefined) throw new Error('Nothing was started')
  return started
}

/** What one event showed. */
export function observation(
  rollout: Pick<Rollout, 'id'>,
  tenantId: string,
  unit: string | null,
  more: Partial<UnitObservation> = {},
): UnitObservation {
  return {
    rolloutId: rollout.id,
    step: 0,
    tenantId,
    unit,
    entityKey: `eu/${unit ?? 'lead/0'}`,
    eventId: newId(),
    arm: 'candidate',
    failed: false,
    configError: null,
    slow: null,
    signals: [],
    actions: 0,
    commandIds: [],
    bothFailed: false,
    fellBack: false,
    ...more,
  }
}

/** What tests of rollouts do again and again. */
export function rolloutTools(harness: () => RolloutHarness) {
  const started = async (policy = plainPolicy, more: Partial<NewRollout> = {}) => {
    const tenant = await harness().newTenant()
    const scope: Scope = { level: 'tenant', tenant: tenant.slug }
    const offered = await offer(harness(), scope, tenant.id)
    const rollout = await startOne(harness().store, newRollout([offered], policy, more), ann)
    return { tenant, scope, offered, rollout }
  }
  const act = async (rollout: Rollout, action: Omit<OperatorAction, 'by'>, actor: Actor = ann) =>
    harness().store.act(rollout.id, { ...action, by: 'whoever' } as OperatorAction, actor)
  /** The claim of this very rollout; those of other tests are let go. */
  const claimed = async (rollout: Rollout, leaseMs = 60_000): Promise<ClaimedRollout> =>
    await eventually(async () => {
      const claim = await harness().store.claim('daemon-1', leaseMs)
      if (claim?.rollout.id === rollout.id) return claim
      if (claim !== null) await harness().store.release(claim, 60_000)
      throw new Error('It is not to be had')
    })
  const rollingBack = async ({ rollout }: ClaimedRollout) => {
    const observed = await harness().store.observe(rollout)
    const { counts, facts, nowMs } = observed
    const evidence = { ...gatherEvidence(counts, rollout.policy, nowMs, facts), concerns: [] }
    const verdict = { verdict: 'rollback', code: 'errors', reason: 'it fails', evidence } as const
    const advanced = advance(rollout.state, { from: 'judge', verdict }, rollout.policy, nowMs)
    return { advanced, judged: { verdict, counts, facts } }
  }
  const stratumOf = async (rollout: Rollout, step = 0) => {
    const { counts } = await harness().store.observe(rollout)
    return counts.steps.find((one) => one.step === step)?.strata[0]
  }
  return { started, act, claimed, rollingBack, stratumOf }
}
