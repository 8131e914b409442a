import { expect } from 'chai'
import type { Scope } from '../../../src/control-plane/documents/document.ts'
import type { ClaimedRollout } from '../../../src/control-plane/rollout/rollout-store.ts'
import type { OperatorAction } from '../../../src/control-plane/rollout/state/rollout-state.ts'
import { newId } from '../../../src/kernel/ids.ts'
import { codeOf } from '../../support/code-of.ts'
import { policyOf } from '../../control-plane/rollout/judge/observed.ts'
import {
  ann,
  bob,
  newRollout,
  observation,
  offer,
  plainPolicy,
  rolloutTools,
  startOne,
} from './rollout-harness.ts'
import type { RolloutHarness } from './rollout-harness.ts'
import { documentOf, revisionOf, source } from '../revision-store.contract.ts'

/** What every RolloutStore does with a rollout from its start to its end. */
export function describeRolloutStore(harness: () => RolloutHarness): void {
  const { started, act, claimed, rollingBack } = rolloutTools(harness)

  it('gives a rollout to one at a time, and a commit under a lost lease changes nothing', async () => {
    const { store } = harness()
    const { rollout } = await started()
    const first = await claimed(rollout, 20)
    const change = await rollingBack(first)
    const second = await claimed(rollout)
    expect(BigInt(second.epoch) > BigInt(first.epoch)).to.equal(true)
    expect(await store.commit(first, change.advanced, change.judged)).to.equal(false)
    expect((await store.get(rollout.id, null))?.state.state).to.equal('step')
    await store.release(first)
    expect(await store.claim('daemon-3', 1_000), 'a late release lets nobody in').to.satisfy(
      (claim: ClaimedRollout | null) => claim?.rollout.id !== rollout.id,
    )
    expect(await store.commit(second, change.advanced, change.judged)).to.equal(true)
    expect(await store.commit(second, change.advanced, change.judged), 'twice').to.equal(false)
    expect(await store.records(rollout.id, null)).to.have.length(2)
  })

  it('rolls back with a row that holds every number, and quarantines the candidate', async () => {
    const { store, quarantine } = harness()
    const { tenant, rollout, offered } = await started()
    const claim = await claimed(rollout)
    const { advanced, judged } = await rollingBack(claim)
    expect(await store.commit(claim, advanced, judged)).to.equal(true)
    const [, back] = await store.records(rollout.id, null)
    expect(back).to.deep.include({ seq: 2, to: 'rolled_back', quarantine: true })
    expect(back?.judged).to.deep.equal(JSON.parse(JSON.stringify(judged)))
    const [quarantined] = await quarantine.quarantined([tenant.id])
    expect(quarantined?.digest).to.equal(offered.candidate.digest)
    expect((await store.get(rollout.id, null))?.endedAt).to.be.a('string')
    expect(await store.served(tenant.id)).to.deep.equal([])
  })

  it('lets a person who acted meanwhile win over a commit that was decided before', async () => {
    const { store } = harness()
    const { rollout } = await started()
    const claim = await claimed(rollout)
    const { advanced, judged } = await rollingBack(claim)
    await act(rollout, { action: 'pause', reason: 'look first' })
    expect(await store.commit(claim, advanced, judged)).to.equal(false)
    expect((await store.get(rollout.id, null))?.state).to.include({ state: 'paused', by: 'local:ann' })
    expect((await store.records(rollout.id, null)).map(({ seq, to }) => [seq, to])).to.deep.equal([
      [1, 'step'],
      [2, 'paused'],
    ])
  })

  it('makes the candidate the active one when it is complete', async () => {
    const { store, revisions } = harness()
    const { tenant, rollout, offered } = await started()
    let now = rollout
    while (now.state.state !== 'completed') now = await act(now, { action: 'promote', reason: 'sure' })
    const [head] = (await revisions.heads([tenant.id])).filter(({ scope }) => scope.level === 'tenant')
    expect(head?.digest).to.equal(offered.candidate.digest)
    const [change] = await revisions.activations({ scope: offered.scope, limit: 1 })
    expect(change).to.include({ kind: 'rollout', digest: offered.candidate.digest })
    expect(await codeOf(act(now, { action: 'pause', reason: 'too late' }))).to.equal('NX-ROLLOUT-FINAL')
    expect(await store.served(tenant.id)).to.deep.equal([])
  })

  it('names the daemons that have not taken up the assignment, and no others when only a hold was noted', async () => {
    const { store, daemon } = harness()
    const { rollout } = await started()
    const id = newId()
    await daemon(id)
    const behind = async (): Promise<boolean> =>
      (
        await store.observe((await store.get(rollout.id, null)) ?? rollout)
      ).facts.health.daemonsBehind.includes(id)
    expect(await behind()).to.equal(true)
    await store.acknowledge(id, new Map([[rollout.id, rollout.version]]))
    expect(await behind()).to.equal(false)
    const paused = await act(rollout, { action: 'pause', reason: 'hold on' })
    expect(paused.version).to.equal(rollout.version + 1)
    expect(await behind(), 'a pause leaves every unit where it is').to.equal(false)
    await act(rollout, { action: 'resume', reason: 'go on' })
    const promoted = await act(rollout, { action: 'promote', reason: 'sure' })
    expect(await behind()).to.equal(true)
    await store.acknowledge(id, new Map([[rollout.id, promoted.version]]))
    expect(await behind()).to.equal(false)
  })

  it('takes each person’s approval of a step once, as a fact for the judge', async () => {
    const { store } = harness()
    const { rollout } = await started()
    const approve = { action: 'approve', step: 2, reason: 'looks good' } as OperatorAction
    await act(rollout, approve)
    await act(rollout, approve, bob)
    expect(await codeOf(act(rollout, approve))).to.equal('NX-ROLLOUT-APPROVED-ALREADY')
    expect(await codeOf(act(rollout, { ...approve, step: 99 } as OperatorAction))).to.equal('NX-ROLLOUT-STEP')
    const { facts } = await store.observe(rollout)
    expect([...(facts.approvals[2] ?? [])].sort()).to.deep.equal(['local:ann', 'local:bob'])
    expect(await store.records(rollout.id, null), 'no transition').to.have.length(1)
  })

  it('waits for as many people as the policy asks for before it begins', async () => {
    const policy = policyOf({ shadowFirst: false, approval: { risk: 'low', approvers: 2 } })
    const { rollout } = await started(policy)
    expect(rollout.state.state).to.equal('pending_approval')
    const approve = { action: 'approve', step: null, reason: 'fine' } as OperatorAction
    expect((await act(rollout, approve)).state.state).to.equal('pending_approval')
    expect(await codeOf(act(rollout, approve))).to.equal('NX-ROLLOUT-APPROVED-ALREADY')
    expect((await act(rollout, approve, bob)).state.state).to.equal('step')
  })

  it('goes by the policy that it began with, whatever is applied to the document meanwhile', async () => {
    const { store, revisions } = harness()
    const { tenant, rollout } = await started()
    const scope: Scope = { level: 'workspace', tenant: tenant.slug, workspace: 'eu' }
    await revisions.apply([revisionOf(scope, documentOf('policy', 99))], source, bob, 'edited meanwhile')
    const after = await store.get(rollout.id, null)
    expect(after?.policy).to.deep.equal(JSON.parse(JSON.stringify(plainPolicy)))
    expect(after?.version, 'another scope ends nothing').to.equal(rollout.version)
  })

  it('ends with what takes its baseline away: an apply supersedes it, a rollback aborts it', async () => {
    const { store, revisions } = harness()
    const ended = async (change: (scope: Scope, baseline: string) => Promise<unknown>) => {
      const { scope, offered, rollout } = await started()
      await change(scope, offered.candidate.digest)
      const after = (await store.get(rollout.id, null)) ?? rollout
      const { movedTo } = await store.observe(after)
      return after.state.state === 'step'
        ? `moved ${movedTo === null ? 'nowhere' : 'away'}`
        : after.state.state
    }
    const sudden = async (scope: Scope) =>
      await revisions.apply([revisionOf(scope, documentOf('sudden'))], source, bob, null)
    const back = async (scope: Scope, to: string) => await revisions.rollback([{ scope, to }], bob, 'back')
    // A store that shares no transaction with the revisions finds it out at the next look.
    expect(await ended(sudden)).to.be.oneOf(['superseded', 'moved away'])
    expect(await ended(back)).to.be.oneOf(['aborted', 'moved away'])
  })

  it('says that its tenant is suspended', async () => {
    const { store, suspend } = harness()
    const { tenant, rollout } = await started()
    expect(await store.observe(rollout)).to.deep.include({ suspended: [], movedTo: null })
    await suspend(tenant.slug)
    expect((await store.observe(rollout)).suspended).to.deep.equal([tenant.slug])
  })

  it('frees its scopes when it cannot start, and takes them again for another try if they are free', async () => {
    const { store } = harness()
    const shadow = { ...plainPolicy, shadow: { first: true, units: 3, minMs: 0 } }
    const tenant = await harness().newTenant()
    const scope: Scope = { level: 'tenant', tenant: tenant.slug }
    const offered = await offer(harness(), scope, tenant.id)
    const newer = await offer(harness(), scope, tenant.id)
    const rollout = await startOne(store, newRollout([offered], shadow), ann)
    expect(await store.failToStart(rollout.id, 'RuleSet/hot does not compile')).to.equal(true)
    expect(await store.served(tenant.id)).to.deep.equal([])
    const other = await startOne(store, newRollout([newer], shadow), ann)
    const retry = { action: 'retry', reason: 'the disk was full' } as OperatorAction
    expect(await codeOf(act(rollout, retry))).to.equal('NX-ROLLOUT-BUSY')
    await act(other, { action: 'abort', reason: 'room', quarantine: false } as OperatorAction)
    expect((await act(rollout, retry)).state.state).to.equal('shadow')
  })

  it('does not let a candidate that somebody is exposed to fail to start', async () => {
    const { rollout } = await started()
    expect(await harness().store.failToStart(rollout.id, 'too late')).to.equal(false)
    expect((await harness().store.get(rollout.id, null))?.state.state).to.equal('step')
  })

  it('lists what the candidate touched page by page, and forgets the baseline’s alone', async () => {
    const { observe, command, store } = harness()
    const { tenant, rollout } = await started()
    const eventId = newId()
    const id = await command(tenant.id, 'eu/lead/1', eventId)
    await observe([observation(rollout, tenant.id, 'lead/1', { eventId, actions: 1, commandIds: [id] })])
    await observe([observation(rollout, tenant.id, 'lead/2')])
    await observe([observation(rollout, tenant.id, 'lead/2', { step: 1 })])
    await observe([observation(rollout, tenant.id, 'lead/3', { arm: 'baseline' })])
    const first = await store.exposures(rollout.id, null, { limit: 1, after: null })
    expect(first.exposures).to.have.length(1)
    expect(first.exposures[0]).to.deep.include({
      tenantId: tenant.id,
      unit: 'lead/1',
      entityKey: 'eu/lead/1',
    })
    expect(first.exposures[0]?.actions[0]).to.deep.include({
      commandId: id,
      eventId,
      state: 'waiting',
      integration: 'sink',
    })
    const rest = await store.exposures(rollout.id, tenant.id, { limit: 5, after: first.after })
    expect(rest.exposures.map(({ unit }) => unit)).to.deep.equal(['lead/2'])
    expect(rest.after).to.equal(null)
    const other = await harness().newTenant()
    expect(await codeOf(store.exposures(rollout.id, other.id, { limit: 5, after: null }))).to.equal(
      'NX-ROLLOUT-NOT-FOUND',
    )
  })
}
