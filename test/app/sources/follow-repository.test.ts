import { expect } from 'chai'
import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { applyConfig } from '../../../src/app/plan/apply-config.ts'
import { rollBackConfig } from '../../../src/app/plan/roll-back-config.ts'
import { temporaryDirectory } from '../../control-plane/temporary-directory.ts'
import { followedInstallation } from '../../support/sources/followed-installation.ts'
import type { FollowedInstallation } from '../../support/sources/followed-installation.ts'
import { configuration, gitRepository, leadType } from '../../support/sources/git-repository.ts'
import type { GitRepository } from '../../support/sources/git-repository.ts'

const acme = { level: 'tenant', tenant: 'acme' } as const

describe('following a repository', function () {
  this.timeout(60_000)
  let at: FollowedInstallation
  let repository: GitRepository

  beforeEach(async () => {
    at = await followedInstallation()
    repository = await gitRepository()
  })
  afterEach(async () => {
    await repository[Symbol.asyncDispose]()
    await at[Symbol.asyncDispose]()
  })
  const source = (more: Record<string, unknown> = {}) => ({ name: 'main', git: repository.path, ...more })

  async function byHand(fields: string): Promise<void> {
    await using directory = await temporaryDirectory(configuration(fields))
    await applyConfig(at.operator, directory.path, 'by hand')
  }

  it('applies a new commit under its own name, with the commit as the reason', async () => {
    const commit = await repository.commit(configuration('name: string'), 'Leads have names')
    const loop = at.loop(source())
    const first = await at.look(loop)
    expect(first.state, first.message).to.equal('in_sync')
    expect(first.memory.applied?.version).to.equal(commit)
    expect(await at.activeFields()).to.equal('name')
    const [last] = await at.operator.revisions.activations({ scope: acme, limit: 1 })
    expect(last).to.deep.include({ kind: 'gitops', by: 'daemon:gitops/main' })
    expect(last?.reason).to.equal(`commit ${commit.slice(0, 12)}: Leads have names`)
    expect(last?.source).to.deep.equal({
      directory: '.',
      repository: repository.path,
      commit,
      author: 'Ada <ada@example.com>',
    })
    const second = await repository.commit(configuration('name: string, phone: string?'))
    expect((await at.look(loop)).memory.applied?.version).to.equal(second)
    expect(await at.activeFields()).to.equal('name,phone')
    const revision = await at.operator.revisions.revision(
      acme,
      (await at.status()).memory.wanted?.scopes['tenants/acme'] ?? '',
    )
    expect(JSON.stringify(revision?.places))
      .to.include('"file":"tenants/acme/lead.yaml"')
      .and.not.include(at.dataDir)
  })

  it('leaves nothing behind but its clone', async () => {
    await repository.commit(configuration('name: string'))
    await at.look(at.loop(source()))
    expect(await readdir(join(at.dataDir, 'sources', 'main'))).to.deep.equal(['mirror.git'])
  })

  it('keeps the last good revision while a commit is broken, says where, and is healed by the next', async () => {
    await repository.commit(configuration('name: string'))
    const loop = at.loop(source({ interval: '1h' }))
    await at.look(loop)
    const half = await repository.commit({
      'tenants/acme/lead.yaml': 'apiVersion: neuronx/v1\nkind: EntityType\nname: le' + '\nfields: { name: [',
    })
    const broken = await at.look(loop)
    expect(broken).to.deep.include({ state: 'broken', code: 'NX-CONFIG-INVALID' })
    expect(broken.memory.seen).to.equal(half)
    const open = await at.operator.alerts.list(null, { status: 'open' }, { limit: 5, cursor: null })
    expect(open.items.map(({ code, subject }) => `${code} ${subject}`)).to.deep.equal([
      'NX-ALERT-SOURCE source/main',
    ])
    expect(broken.findings[0]?.file).to.equal('tenants/acme/lead.yaml')
    expect(JSON.stringify(broken)).to.not.include(at.dataDir)
    expect(await at.activeFields()).to.equal('name')
    const since = broken.since
    const again = await at.look(loop)
    expect(again.since, 'it is not tried again at once').to.equal(since)
    expect(again.memory.attempts).to.equal(1)
    await repository.commit(configuration('phone: string'))
    expect((await at.look(loop)).state).to.equal('in_sync')
    expect(await at.activeFields()).to.equal('phone')
    const left = await at.operator.alerts.list(null, { status: 'open' }, { limit: 5, cursor: null })
    expect(left.items).to.deep.equal([])
  })

  it('tries a broken version again when somebody asks: its tenant has been created since', async () => {
    await repository.commit({
      ...configuration('name: string'),
      'tenants/later/.keep': '',
      'tenants/later/lead.yaml': configuration('a: string')['tenants/acme/lead.yaml'] ?? '',
    })
    const loop = at.loop(source({ interval: '1h' }))
    const broken = await at.look(loop)
    expect(broken).to.deep.include({ state: 'broken', code: 'NX-TENANT-NOT-FOUND' })
    const { createTenant } = await import('../../../src/platform/tenants/create-tenant.ts')
    await createTenant(at.operator, at.operator.actor, { slug: 'later' })
    expect((await at.look(loop)).state).to.equal('broken')
    expect((await at.look(loop, { forced: true })).state).to.equal('in_sync')
  })

  it('never tries a quarantined content again, and takes the next commit', async () => {
    await repository.commit(configuration('name: string'))
    const loop = at.loop(source())
    await at.look(loop)
    await byHand('phone: string')
    const [bad] = await at.operator.revisions.activations({ scope: acme, limit: 1 })
    await at.operator.quarantine.quarantine(
      { scope: acme, digest: bad?.digest ?? '', reason: 'it lost leads', evidence: {} },
      at.operator.actor,
    )
    await byHand('name: string')
    await repository.commit(configuration('phone: string'))
    for (const forced of [false, true]) {
      const held = await at.look(loop, { forced })
      expect(held.state, held.message).to.equal('quarantined')
      expect(held.message).to.include('it lost leads')
      expect(await at.activeFields()).to.equal('name')
    }
    await repository.commit(configuration('name: string, phone: string'))
    expect((await at.look(loop)).state).to.equal('in_sync')
    expect(await at.activeFields()).to.equal('name,phone')
  })

  it('does not argue with a rollback, under either drift policy', async () => {
    for (const onDrift of ['report', 'restore']) {
      await repository.commit(configuration('name: string'))
      const loop = at.loop(source({ onDrift }))
      await at.look(loop)
      await repository.commit(configuration(`name: string, ${onDrift}: string`))
      await at.look(loop)
      expect(await at.activeFields()).to.equal(`name,${onDrift}`)
      await rollBackConfig(at.operator, {
        scopes: [acme],
        to: 'previous',
        reason: 'calls doubled',
        dryRun: false,
      })
      const held = await at.look(loop, { forced: true })
      expect(held.state, held.message).to.equal('quarantined')
      expect(held.message).to.include('calls doubled')
      // A commit that leaves that scope as it is does not smuggle it in.
      await repository.commit({ 'README.md': onDrift })
      expect((await at.look(loop)).state).to.equal('quarantined')
      expect(await at.activeFields()).to.equal('name')
    }
  })

  it('shows what somebody applied by hand and leaves it alone, until there is a commit', async () => {
    await repository.commit(configuration('name: string'))
    const loop = at.loop(source())
    await at.look(loop)
    await byHand('phone: string')
    const drifted = await at.look(loop)
    expect(drifted.state, drifted.message).to.equal('drifted')
    expect(drifted.message).to.match(/tenants\/acme has [0-9a-f]{12} by local:ada at /)
    expect((await at.look(loop, { forced: true })).state).to.equal('drifted')
    expect(await at.activeFields()).to.equal('phone')
    await repository.commit(configuration('name: string, email: string'))
    expect((await at.look(loop)).state).to.equal('in_sync')
    expect(await at.activeFields()).to.equal('name,email')
  })

  it('puts back what was changed by hand once, where the policy says so, and not a second time', async () => {
    await repository.commit(configuration('name: string'))
    const loop = at.loop(source({ onDrift: 'restore' }))
    await at.look(loop)
    await byHand('phone: string')
    const restored = await at.look(loop)
    expect(restored.state, restored.message).to.equal('in_sync')
    expect(restored.message).to.include('was put back').and.include('local:ada')
    expect(await at.activeFields()).to.equal('name')
    await byHand('phone: string')
    const left = await at.look(loop)
    expect(left.state).to.equal('drifted')
    expect(left.message).to.include('put back once already')
    expect(await at.activeFields()).to.equal('phone')
  })

  it('follows a branch that was rewritten, and says so', async () => {
    const first = await repository.commit(configuration('name: string'))
    const loop = at.loop(source())
    await repository.commit(configuration('name: string, phone: string'))
    await at.look(loop)
    repository.git('reset', '--quiet', '--hard', first)
    const forced = await repository.commit(configuration('email: string'))
    const rewritten = await at.look(loop)
    expect(rewritten).to.deep.include({ state: 'in_sync' })
    expect(rewritten.message).to.include('the branch was rewritten')
    expect(rewritten.memory.applied?.version).to.equal(forced)
    repository.git('reset', '--quiet', '--hard', first)
    expect((await at.look(loop)).memory.applied?.version, 'back to an old commit').to.equal(first)
    expect(await at.activeFields()).to.equal('name')
  })

  it('keeps what is active when the branch is deleted or the repository has gone, and goes on when it is back', async () => {
    await repository.commit(configuration('name: string'))
    const loop = at.loop(source())
    await at.look(loop)
    repository.git('checkout', '--quiet', '-b', 'other')
    repository.git('branch', '--quiet', '-D', 'main')
    expect(await at.look(loop)).to.deep.include({ state: 'unreachable', code: 'NX-SOURCE-BRANCH' })
    repository.git('branch', 'main')
    expect((await at.look(loop)).state).to.equal('in_sync')
    repository.git('config', 'core.bare', 'false')
    await rm(join(repository.path, '.git', 'HEAD'))
    const gone = await at.look(loop)
    expect(gone).to.deep.include({ state: 'unreachable', code: 'NX-SOURCE-UNREACHABLE' })
    expect(await at.activeFields()).to.equal('name')
  })

  const policy = (more: string): string =>
    `apiVersion: neuronx/v1\nkind: RolloutPolicy\nname: careful\nstrategy: percentage\n${more}\n`

  async function withPolicy(more: string): Promise<void> {
    const files = { ...configuration('name: string'), 'global/rollout.yaml': policy(more) }
    await using directory = await temporaryDirectory(files)
    await applyConfig(at.operator, directory.path, 'by hand')
    await repository.commit(files)
  }

  it('keeps a plan for approval where nothing can be compared, and carries it out once it is approved', async () => {
    await withPolicy('approval: { risk: low, approvers: 1 }')
    const loop = at.loop(source())
    expect((await at.look(loop)).state).to.equal('in_sync')
    await repository.commit({
      'tenants/acme/workspaces/eu/lead.yaml': leadType('name: string, vat: string?'),
    })
    const waiting = await at.look(loop)
    expect(waiting.state, waiting.message).to.equal('pending')
    expect(waiting.message).to.include('0 of 1').and.include('--approve')
    const planId = waiting.memory.planId ?? ''
    expect((await at.look(loop)).memory.planId, 'the same plan goes on waiting').to.equal(planId)
    await at.operator.plans.approve(planId, { kind: 'local', user: 'grace', role: 'owner' }, 'fine')
    const done = await at.look(loop)
    expect(done.state, done.message).to.equal('in_sync')
    expect((await at.operator.plans.plan(planId))?.status.state).to.equal('applied')
  })

  it('begins a rollout where a policy governs, and only once, however often it looks or is interrupted', async () => {
    await withPolicy('approval: { risk: never }')
    const loop = at.loop(source())
    await at.look(loop)
    const commit = await repository.commit({
      'tenants/acme/lead.yaml': leadType('name: string, vat: string?'),
    })
    const rolling = await at.look(loop)
    expect(rolling.state, rolling.message).to.equal('rolling')
    expect(await at.activeFields(), 'the baseline stays active').to.equal('name')
    expect((await at.look(loop, { forced: true })).memory.rollouts).to.deep.equal(rolling.memory.rollouts)
    await at.forget('main')
    const found = await at.look(loop)
    expect(found.state, found.message).to.equal('rolling')
    expect(found.memory).to.deep.include({ seen: commit, rollouts: rolling.memory.rollouts })
    const [id = ''] = rolling.memory.rollouts
    const by = 'local:ada'
    await at.operator.rollouts.act(
      id,
      { action: 'abort', by, reason: 'calls doubled', quarantine: true },
      at.operator.actor,
    )
    const held = await at.look(loop)
    expect(held.state, held.message).to.equal('quarantined')
    expect(held.message).to.include('calls doubled')
    await repository.commit({ 'tenants/acme/lead.yaml': leadType('name: string, email: string?') })
    const next = await at.look(loop)
    expect(next.state, next.message).to.equal('rolling')
    expect(next.memory.rollouts).to.have.length(1).and.not.include(id)
  })

  it('does not begin a rollout again that somebody aborted', async () => {
    await withPolicy('approval: { risk: never }')
    const loop = at.loop(source({ onDrift: 'restore' }))
    await at.look(loop)
    await repository.commit({ 'tenants/acme/lead.yaml': leadType('name: string, vat: string?') })
    const [id = ''] = (await at.look(loop)).memory.rollouts
    await at.operator.rollouts.act(
      id,
      { action: 'abort', by: 'local:ada', reason: 'not today', quarantine: false },
      at.operator.actor,
    )
    const ended = await at.look(loop, { forced: true })
    expect(ended.state, ended.message).to.equal('drifted')
    expect(ended.message).to.include(`${id}, aborted`)
  })
})
