import { expect } from 'chai'
import { sourcesSchema, sourceSettings } from '../../../src/app/config/source-settings.ts'
import { programFile } from '../../../src/app/package-folder.ts'
import { SourceFollower } from '../../../src/app/sources/source-follower.ts'
import { systemClock } from '../../../src/kernel/clock.ts'
import { newId } from '../../../src/kernel/ids.ts'
import { silentLogger } from '../../../src/kernel/logger.ts'
import { closedPort } from '../../support/closed-port.ts'
import { eventually } from '../../support/eventually.ts'
import { followedInstallation } from '../../support/sources/followed-installation.ts'
import type { FollowedInstallation } from '../../support/sources/followed-installation.ts'
import { configuration, gitRepository, leadType } from '../../support/sources/git-repository.ts'

describe('SourceFollower', function () {
  this.timeout(240_000)
  let at: FollowedInstallation
  before(async () => {
    at = await followedInstallation()
  })
  after(async () => at[Symbol.asyncDispose]())

  /** A thread loads the whole program from source before it looks. */
  const soon = async (check: () => unknown) => eventually(check, 60_000)

  const follower = (git: string, databaseUrl = at.url) => {
    const seen = { applied: 0, warned: [] as string[] }
    const service = new SourceFollower({
      sources: sourceSettings(sourcesSchema.parse([{ name: 'main', git, interval: '1s' }]), '/'),
      ...{ databaseUrl, migrationsFolder: null, dataDir: at.dataDir, daemonId: newId(), clock: systemClock },
      logger: { ...silentLogger, warn: (_fields, message) => seen.warned.push(message) },
      program: programFile('daemon/source-worker'),
      restartMs: 20,
      onApplied: () => (seen.applied += 1),
    })
    return { service, seen }
  }

  it('applies what a repository holds, tells the daemon, and goes on after a stop and a start', async () => {
    await using repository = await gitRepository()
    await repository.commit(configuration('name: string'))
    const { service, seen } = follower(repository.path)
    await service.start()
    await soon(async () => expect(await at.activeFields()).to.equal('name'))
    await soon(() => expect(seen.applied).to.equal(1))
    await soon(() => expect(service.counters['changes']).to.equal(1))
    expect(service.lastSuccessMs).to.be.a('number')
    await service.stop()
    await service.stop()
    await repository.commit({ 'tenants/acme/lead.yaml': leadType('name: string, vat: string?') })
    await service.start()
    await soon(async () => expect(await at.activeFields()).to.equal('vat,name'))
    await soon(() => expect(service.counters['changes']).to.equal(2))
    await service.stop()
    const broken = 'apiVersion: neuronx/v1\nkind: EntityType\nname: lead\n'
    await repository.commit({ 'tenants/acme/lead.yaml': broken })
    await service.start()
    await soon(() => expect(seen.warned.join()).to.include('A configuration source'))
    await service.stop()
    expect(await at.activeFields()).to.equal('vat,name')
  })

  it('starts a thread that ended again, and stops whatever the thread does', async () => {
    const { service, seen } = follower('/nowhere', `postgres://nobody@127.0.0.1:${await closedPort()}/none`)
    await service.start()
    await soon(() => expect(service.counters['restarts']).to.be.at.least(2))
    await service.stop()
    expect(seen.warned).to.include('The thread that follows configuration sources ended')
  })
})
