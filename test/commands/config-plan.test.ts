import { expect } from 'chai'
import { mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildCli, runBuiltCli } from '../support/cli/built-cli.ts'
import { createTestDatabase } from '../support/database.ts'
import type { TestDatabase } from '../support/database.ts'

const limits = (perSecond: number): string =>
  `apiVersion: neuronx/v1\nkind: Limits\nname: limits\nintake: { eventsPerSecond: ${perSecond} }\n`
const eventType = (type: string): string =>
  `apiVersion: neuronx/v1\nkind: EventType\nname: ${type}\nentity: lead\n`

describe('config plan, apply, diff, drift, history and rollback', function () {
  this.timeout(180_000)
  let database: TestDatabase
  let folder: string
  let config: string

  before(async () => {
    buildCli()
    database = await createTestDatabase()
    folder = await mkdtemp(join(tmpdir(), 'nx-plan-'))
    config = join(folder, 'config')
    await mkdir(join(config, 'tenants/acme'), { recursive: true })
    await writeFile(join(config, 'neuronx.yaml'), 'apiVersion: neuronx/v1\nkind: Fleet\nname: test\n')
    await writeFile(join(config, 'tenants/acme/limits.yaml'), limits(5))
    expect((await run('tenant', 'create', 'acme')).code).to.equal(0)
  })
  after(async () => {
    await database.drop()
    await rm(folder, { recursive: true, force: true })
  })

  const run = async (...args: string[]) => runBuiltCli(args, { env: { NEURONX_DATABASE_URL: database.url } })
  const json = async (...args: string[]) => {
    const { code, stdout } = await run(...args, '--json')
    const answer = JSON.parse(stdout) as {
      data: Record<string, unknown>
      error: { code: string } | undefined
    }
    return { code, ...answer }
  }

  it('plan, save, apply, and find nothing to do after that', async () => {
    const shown = await run('config', 'plan', config)
    expect([shown.code, shown.stderr]).to.satisfy(([code]: [number]) => code === 2, shown.stderr)
    expect(shown.stdout)
      .to.contain('+ Limits/limits')
      .and.to.contain('limits.yaml:1')
      .and.to.contain('Risk high')
    expect(shown.stderr).to.contain('Next: neuronx config apply')
    const saved = await json('config', 'plan', config, '--save')
    const id = saved.data['planId'] as string
    const applied = await json('config', 'apply', '--plan', id, '--yes', '--reason', 'first')
    expect([applied.code, applied.error]).to.deep.equal([0, undefined])
    const again = await json('config', 'apply', '--plan', id, '--yes')
    expect(again.code, 'it stands: nothing to do').to.equal(0)
    const none = await run('config', 'plan', config)
    expect([none.code, none.stdout.trim()]).to.deep.equal([
      0,
      'No changes: what is active is what the directory holds.',
    ])
  })

  it('plan to a file that nobody else can read, and refuse it when something has moved', async () => {
    await writeFile(join(config, 'tenants/acme/limits.yaml'), limits(6))
    const file = join(folder, 'plan.json')
    expect((await run('config', 'plan', config, '--out', file)).code).to.equal(2)
    expect((await stat(file)).mode & 0o777).to.equal(0o600)
    await writeFile(join(config, 'tenants/acme/limits.yaml'), limits(7))
    expect((await json('config', 'apply', config, '--yes', '--reason', 'seven')).code).to.equal(0)
    const refused = await json('config', 'apply', '--plan', file, '--yes')
    expect(refused.error?.code).to.equal('NX-PLAN-STALE')
    expect((await json('config', 'apply', '--plan', 'deadbeef01')).error?.code).to.equal('NX-PLAN-NOT-FOUND')
    expect((await json('config', 'apply')).code).to.equal(64)
  })

  it('tell who changed what when, and go back', async () => {
    const { data } = await json('config', 'history', '--scope', 'acme')
    const items = data['items'] as readonly { reason: string; digest: string; previousDigest: string }[]
    expect(items.map(({ reason }) => reason)).to.deep.equal(['seven', 'first'])
    const back = await json('config', 'rollback', '--scope', 'acme', '--reason', 'too many')
    expect([back.code, back.error]).to.deep.equal([0, undefined])
    const drift = await json('config', 'drift', config)
    expect(drift.code).to.equal(2)
    const scopes = drift.data['scopes'] as readonly { scope: string; state: string; detail: string }[]
    expect(scopes.find(({ scope }) => scope === 'tenants/acme')).to.deep.include({ state: 'drifted' })
    expect((await run('config', 'drift', config, '--ignore', 'Limits/limits')).code).to.equal(0)
    const diff = await run('config', 'diff', 'active', config)
    expect([diff.code, diff.stdout]).to.satisfy(
      ([code, text]: [number, string]) => code === 2 && text.includes('5 -> 7'),
      diff.stdout,
    )
    const raw = await run(
      'config',
      'diff',
      `revision:${items[0]?.digest.slice(0, 8) ?? ''}`,
      'active',
      '--raw',
    )
    expect(raw.stdout).to.contain('7 -> 5')
    expect((await run('config', 'diff', config, config)).code).to.equal(0)
    expect((await json('config', 'diff', config, 'nowhere')).error?.code).to.equal('NX-CONFIG-SIDE')
    const old = await run('config', 'show', '--scope', 'acme', '--revision', items[0]?.digest ?? '')
    expect(old.stdout).to.contain('7')
    expect((await json('config', 'rollback', '--scope', 'acme', '--reason', 'x')).error?.code).to.equal(
      'NX-REVISION-NOT-FOUND',
    )
  })

  it('say that what is to be applied is what somebody went back from', async () => {
    const shown = await run('config', 'plan', config)
    expect(shown.stdout)
      .to.contain('Rolled back before')
      .and.to.match(/tenants\/acme {2}the same content was rolled back by local:\S+ at \S+: too many/)
    const dry = await run('config', 'apply', config, '--dry-run')
    expect(dry.stderr).to.contain('the same content was rolled back by')
    await writeFile(join(config, 'tenants/acme/limits.yaml'), limits(8))
    const other = await run('config', 'plan', config)
    expect([other.code, other.stdout]).to.satisfy(
      ([code, text]: [number, string]) => code === 2 && !text.includes('Rolled back before'),
      other.stdout,
    )
  })

  it('refuse a directory that is half written; nothing changes', async () => {
    const before = (await json('config', 'history')).data
    await writeFile(join(config, 'tenants/acme/types.yaml'), eventType('lead.created').slice(0, -12))
    expect((await json('config', 'plan', config)).code).to.equal(78)
    expect((await json('config', 'apply', config, '--yes')).code).to.equal(78)
    expect((await json('config', 'history')).data).to.deep.equal(before)
  })
})
