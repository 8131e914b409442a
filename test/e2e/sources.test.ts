import { expect } from 'chai'
import { sourcesSchema, sourceSettings } from '../../src/app/config/source-settings.ts'
import { startDaemon } from '../../src/app/daemon/start-daemon.ts'
import type { RunningDaemon } from '../../src/app/daemon/start-daemon.ts'
import type { ShownSource } from '../../src/app/sources/list-sources.ts'
import { silentLogger } from '../../src/kernel/logger.ts'
import { buildCli, runBuiltCli } from '../support/cli/built-cli.ts'
import { eventually } from '../support/eventually.ts'
import { configuration, gitRepository, leadType } from '../support/sources/git-repository.ts'
import type { GitRepository } from '../support/sources/git-repository.ts'
import { startSystem } from '../support/system/running-system.ts'
import type { RunningSystem } from '../support/system/running-system.ts'

interface Answer<T> {
  readonly code: number | null
  readonly data: T
  readonly error?: { readonly code: string }
}

describe('daemons that follow a repository', function () {
  this.timeout(180_000)
  let system: RunningSystem
  let repository: GitRepository
  let daemons: RunningDaemon[]

  before(async () => {
    buildCli()
    system = await startSystem()
    repository = await gitRepository()
    await repository.commit(configuration('name: string'))
    const section = sourcesSchema.parse([{ name: 'main', git: repository.path, interval: '1s' }])
    const settings = { ...system.settings, sources: sourceSettings(section, '/') }
    daemons = []
    for (let count = 0; count < 2; count += 1)
      daemons.push(await startDaemon(settings, { logger: silentLogger }))
  })
  after(async () => {
    for (const daemon of daemons) await daemon.stop()
    await repository[Symbol.asyncDispose]()
    await system[Symbol.asyncDispose]()
  })

  async function cli<T>(...words: readonly string[]): Promise<Answer<T>> {
    const env = { NEURONX_DATABASE_URL: system.settings.databaseUrl ?? '' }
    const { code, stdout } = await runBuiltCli([...words, '--json'], { env })
    return { code, ...(JSON.parse(stdout) as Omit<Answer<T>, 'code'>) }
  }

  async function fields(): Promise<string> {
    const { documents } = await system.operator.revisions.effective(system.tenant.id, 'default')
    return Object.keys(documents.find(({ name }) => name === 'lead')?.body['fields'] ?? {})
      .sort()
      .join(',')
  }

  it('apply each commit once, and show how the source stands', async () => {
    await eventually(async () => (await fields()) === 'name')
    const commit = await repository.commit({
      'tenants/acme/lead.yaml': leadType('name: string, vat: string?'),
    })
    await eventually(async () => (await fields()) === 'name,vat')
    const listed = await eventually(async () => {
      const answer = await cli<readonly ShownSource[]>('config', 'sources')
      expect(answer.data[0]?.state).to.equal('in_sync')
      return answer
    })
    expect(listed.code).to.equal(0)
    expect(listed.data[0]?.applied?.version).to.equal(commit)
    expect(daemons.map(({ id }) => id)).to.include(listed.data[0]?.followedBy)
    const changes = await system.operator.revisions.activations({ limit: 100 })
    const scope = { level: 'tenant', tenant: 'acme' } as const
    expect(changes.filter((change) => change.scope.level === scope.level)).to.have.length(2)
  })

  it('are asked by a command, which tells what came of it by its exit code', async () => {
    await repository.commit({ 'tenants/acme/lead.yaml': 'kind: [' })
    const broken = await cli<ShownSource>('config', 'sources', 'sync', 'main', '--reason', 'after a push')
    expect(broken).to.deep.include({ code: 78 })
    expect(broken.data.findings[0]?.file).to.equal('tenants/acme/lead.yaml')
    expect((await cli<readonly ShownSource[]>('config', 'sources')).code).to.equal(2)
    expect(await fields()).to.equal('name,vat')
    await repository.commit({ 'tenants/acme/lead.yaml': leadType('email: string') })
    const healed = await cli<ShownSource>('config', 'sources', 'sync', 'main')
    expect(healed.code, healed.data.message).to.equal(0)
    expect(await fields()).to.equal('email')
    const unknown = await cli('config', 'sources', 'sync', 'mian')
    expect(unknown).to.deep.include({ code: 66 })
    expect(unknown.error?.code).to.equal('NX-SOURCE-NOT-FOUND')
  })

  it('go on when the one that followed stops', async () => {
    const [before] = (await cli<readonly ShownSource[]>('config', 'sources')).data
    const leader = daemons.find(({ id }) => id === before?.followedBy)
    await leader?.stop()
    await repository.commit({ 'tenants/acme/lead.yaml': leadType('phone: string') })
    await eventually(async () => (await fields()) === 'phone')
    const [after] = (await cli<readonly ShownSource[]>('config', 'sources')).data
    expect(after?.followedBy).to.be.a('string').and.not.equal(before?.followedBy)
  })
})
