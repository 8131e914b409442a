import { expect } from 'chai'
import { applyConfig } from '../../../src/app/plan/apply-config.ts'
import { driftConfig } from '../../../src/app/plan/drift-config.ts'
import { rollBackConfig } from '../../../src/app/plan/roll-back-config.ts'
import { temporaryDirectory } from '../../control-plane/temporary-directory.ts'
import { followedInstallation } from '../../support/sources/followed-installation.ts'
import type { FollowedInstallation } from '../../support/sources/followed-installation.ts'
import { configuration, gitRepository } from '../../support/sources/git-repository.ts'
import type { GitRepository } from '../../support/sources/git-repository.ts'

const acme = { level: 'tenant', tenant: 'acme' } as const

describe('a source whose content was rolled back', function () {
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

  const rollBack = async (reason: string) =>
    rollBackConfig(at.operator, { scopes: [acme], to: 'previous', reason, dryRun: false })

  async function byHand(fields: string): Promise<void> {
    await using directory = await temporaryDirectory(configuration(fields))
    await applyConfig(at.operator, directory.path, 'by hand')
  }

  it('stays out after a second rollback, under either drift policy', async () => {
    for (const onDrift of ['report', 'restore']) {
      const loop = at.loop({ name: 'main', git: repository.path, onDrift })
      for (const fields of ['a', `b_${onDrift}`, `c_${onDrift}`]) {
        await repository.commit(configuration(`${fields}: string`))
        expect((await at.look(loop)).state).to.equal('in_sync')
      }
      await rollBack('calls doubled')
      await rollBack('not enough')
      expect(await at.activeFields()).to.equal('a')
      expect((await at.look(loop, { forced: true })).state).to.equal('quarantined')
      await repository.commit({ 'README.md': onDrift })
      const held = await at.look(loop)
      expect(held.state, held.message).to.equal('quarantined')
      expect(held.message).to.include('calls doubled')
      expect(await at.activeFields()).to.equal('a')
      const [drift] = (await driftConfig(at.operator, repository.path, [])).scopes.filter(
        ({ scope }) => scope === 'tenants/acme',
      )
      expect(drift?.detail).to.include('calls doubled')
    }
  })

  it('stays out after a correction by hand, until somebody applies it by hand again', async () => {
    const loop = at.loop({ name: 'main', git: repository.path })
    await repository.commit(configuration('name: string'))
    await at.look(loop)
    await repository.commit(configuration('bad: string'))
    await at.look(loop)
    await rollBack('calls doubled')
    await byHand('name: string, phone: string')
    await repository.commit({ 'README.md': 'about something else' })
    const held = await at.look(loop)
    expect(held.state, held.message).to.equal('quarantined')
    expect(await at.activeFields()).to.equal('name,phone')
    await byHand('bad: string')
    await byHand('name: string')
    await repository.commit({ 'README.md': 'about something else again' })
    expect((await at.look(loop)).state).to.equal('in_sync')
    expect(await at.activeFields()).to.equal('bad')
  })
})
