import { expect } from 'chai'
import type { Scope } from '../../../src/control-plane/documents/document.ts'
import type { OperatorAction } from '../../../src/control-plane/rollout/state/rollout-state.ts'
import { codeOf } from '../../support/code-of.ts'
import { ann, bob, newRollout, offer, plainPolicy, rolloutTools, startOne } from './rollout-harness.ts'
import type { RolloutHarness } from './rollout-harness.ts'
import { documentOf, revisionOf, source } from '../revision-store.contract.ts'

/** How every RolloutStore starts rollouts. */
export function describeRolloutStart(harness: () => RolloutHarness): void {
  const { started, act } = rolloutTools(harness)

  it('starts in the first state, with the start as the first row of the ledger, and serves it to its tenant alone', async () => {
    const { store, newTenant } = harness()
    const { tenant, rollout } = await started()
    const other = await newTenant()
    expect(rollout.state).to.include({ state: 'step' })
    expect(await store.get(rollout.id, tenant.id)).to.deep.equal(rollout)
    expect(await store.get(rollout.id, other.id)).to.equal(null)
    expect(await store.get('ffffffff', null)).to.equal(null)
    expect((await store.served(tenant.id)).map(({ id }) => id)).to.deep.equal([rollout.id])
    expect(await store.served(other.id)).to.deep.equal([])
    const [first, ...rest] = await store.records(rollout.id, tenant.id)
    expect(rest).to.deep.equal([])
    expect(first).to.deep.include({ seq: 1, from: 'step', to: 'step', by: 'local:ann', percentAfter: 5 })
    expect(first?.gate).to.deep.equal({ gate: 'start' })
  })

  it('returns the same candidate as it is when it is on its way already', async () => {
    const { store } = harness()
    const { offered, rollout } = await started()
    expect(await startOne(store, newRollout([offered]), bob)).to.deep.equal(rollout)
    expect(await store.records(rollout.id, null)).to.have.length(1)
  })

  it('supersedes in the transaction of the start, without quarantine', async () => {
    const { store, quarantine } = harness()
    const tenant = await harness().newTenant()
    const scope: Scope = { level: 'tenant', tenant: tenant.slug }
    const older = await offer(harness(), scope, tenant.id)
    const newer = await offer(harness(), scope, tenant.id)
    const first = await startOne(store, newRollout([older]), ann)
    const second = await startOne(store, newRollout([newer]), ann)
    expect((await store.get(first.id, null))?.state).to.include({
      state: 'superseded',
      byDigest: second.candidateDigest,
    })
    expect(await quarantine.quarantined([tenant.id])).to.deep.equal([])
    expect((await store.records(first.id, null)).map(({ to }) => to)).to.deep.equal(['step', 'superseded'])
  })

  it('refuses a scope below or above a live one, and a newer revision where the policy has it wait', async () => {
    const { store } = harness()
    const tenant = await harness().newTenant()
    const upper = await offer(harness(), { level: 'tenant', tenant: tenant.slug }, tenant.id)
    const another = await offer(harness(), { level: 'tenant', tenant: tenant.slug }, tenant.id)
    const lower = await offer(
      harness(),
      { level: 'workspace', tenant: tenant.slug, workspace: 'eu' },
      tenant.id,
    )
    const queue = { ...plainPolicy, newerRevision: 'queue' } as const
    const rollout = await startOne(store, newRollout([upper], queue), ann)
    expect(await codeOf(startOne(store, newRollout([lower]), ann))).to.equal('NX-ROLLOUT-BUSY')
    expect(await codeOf(startOne(store, newRollout([upper, lower]), ann))).to.equal('NX-ROLLOUT-BUSY')
    expect(await codeOf(startOne(store, newRollout([another]), ann))).to.equal('NX-ROLLOUT-BUSY')
    await act(rollout, { action: 'abort', reason: 'room', quarantine: false } as OperatorAction)
    expect((await startOne(store, newRollout([lower]), ann)).state.state).to.equal('step')
    expect(await codeOf(startOne(store, newRollout([upper]), ann))).to.equal('NX-ROLLOUT-BUSY')
  })

  it('starts those of several tenants and activates what is new together, or changes nothing', async () => {
    const { store, revisions } = harness()
    const tenants = [await harness().newTenant(), await harness().newTenant(), await harness().newTenant()]
    const [ours, theirs, third] = tenants.map(({ id, slug }) => ({
      id,
      scope: { level: 'tenant', tenant: slug } as const,
    }))
    if (ours === undefined || theirs === undefined || third === undefined) throw new Error('Three')
    const first = newRollout([await offer(harness(), ours.scope, ours.id)])
    const second = newRollout([await offer(harness(), theirs.scope, theirs.id)])
    const revision = revisionOf(third.scope, documentOf('new'))
    const isNew = {
      revisions: [revision],
      base: [{ scope: third.scope, digest: null }],
      source,
      reason: null,
    }
    const active = async () =>
      (await revisions.heads(tenants.map(({ id }) => id))).filter(({ scope }) => scope.level !== 'global')
        .length
    const live = async (id: string) =>
      (await store.list({ tenantId: id, live: true, limit: 9 })).map((one) => one.candidateDigest)
    const stale = { ...isNew, base: [{ scope: third.scope, digest: 'f'.repeat(64) }] }
    expect(await codeOf(store.start({ rollouts: [first, second], fresh: stale }, ann))).to.equal(
      'NX-PLAN-STALE',
    )
    const notActive = second.scopes.map((one) => ({ ...one, baseline: one.candidate }))
    const broken = { ...second, scopes: notActive }
    expect(await codeOf(store.start({ rollouts: [first, broken], fresh: isNew }, ann))).to.equal(
      'NX-PLAN-STALE',
    )
    expect([await live(ours.id), await live(theirs.id), await active()]).to.deep.equal([[], [], 2])
    const { rollouts, activated } = await store.start({ rollouts: [first, second], fresh: isNew }, ann)
    const digests = rollouts.map(({ candidateDigest }) => [candidateDigest])
    expect([await live(ours.id), await live(theirs.id)]).to.deep.equal(digests)
    expect(activated.map(({ scope, changed }) => [scope, changed])).to.deep.equal([[third.scope, true]])
    const again = await store.start({ rollouts: [first, second], fresh: isNew }, ann)
    expect(again.rollouts.map(({ id }) => id)).to.deep.equal(rollouts.map(({ id }) => id))
    expect(again.activated.map(({ changed }) => changed)).to.deep.equal([false])
    for (const rollout of rollouts)
      await act(rollout, { action: 'abort', reason: 'room', quarantine: false } as OperatorAction)
  })

  it('refuses a baseline that is not active, a quarantined candidate, and several tenants at once', async () => {
    const { store, revisions } = harness()
    const { tenant, scope, offered, rollout } = await started()
    await act(rollout, { action: 'abort', reason: 'it is bad', quarantine: true } as OperatorAction)
    expect(await codeOf(startOne(store, newRollout([offered]), ann))).to.equal('NX-REVISION-QUARANTINED')
    const again = await startOne(store, newRollout([offered], plainPolicy, { overrideQuarantine: true }), ann)
    await act(again, { action: 'abort', reason: 'room', quarantine: false } as OperatorAction)
    await revisions.apply([revisionOf(scope, documentOf('else'))], source, ann, null)
    expect(
      await codeOf(startOne(store, newRollout([offered], plainPolicy, { overrideQuarantine: true }), ann)),
    ).to.equal('NX-PLAN-STALE')
    const other = await harness().newTenant()
    const theirs = await offer(harness(), { level: 'tenant', tenant: other.slug }, other.id)
    const ours = await offer(harness(), { level: 'tenant', tenant: tenant.slug }, tenant.id)
    expect(await codeOf(startOne(store, newRollout([ours, theirs]), ann))).to.equal('NX-ROLLOUT-SCOPES')
  })
}
