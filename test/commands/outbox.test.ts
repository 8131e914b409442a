import { expect } from 'chai'
import { buildCli, runBuiltCli } from '../support/cli/built-cli.ts'
import { createTestDatabase, querySuperuser } from '../support/database.ts'
import type { TestDatabase } from '../support/database.ts'

interface Answer {
  readonly code: number | null
  readonly data: Record<string, unknown>
  readonly error?: { readonly code: string }
}

describe('outbox and restore commands', function () {
  this.timeout(180_000)
  let database: TestDatabase
  let env: Record<string, string>

  before(async () => {
    buildCli()
    database = await createTestDatabase()
    env = { NEURONX_DATABASE_URL: database.url, NEURONX_DATABASE_OWNER_URL: database.ownerUrl }
  })
  after(async () => database.drop())

  async function json(...args: readonly string[]): Promise<Answer> {
    const result = await runBuiltCli([...args, '--json'], { env })
    return { code: result.code, ...(JSON.parse(result.stdout) as Omit<Answer, 'code'>) }
  }

  it('pause publishing with a reason, show it, and resume it', async () => {
    expect((await json('outbox', 'pause', '--yes')).code, 'a reason is required').to.equal(64)
    const paused = await json(
      ...['outbox', 'pause', '--shard', '7', '--shard', '3', '--for', '30m', '--reason', 'test', '--yes'],
    )
    expect(paused.code).to.equal(0)
    expect(paused.data).to.deep.include({ shards: [3, 7], reason: 'test' })
    expect(paused.data['until']).to.be.a('string')
    const stats = await json('outbox', 'stats')
    expect(stats.data['paused']).to.have.length(1)
    const shown = (await runBuiltCli(['outbox', 'stats'], { env })).stdout
    expect(shown).to.match(/PAUSED\s+shards 3, 7 until/)
    expect((await json('outbox', 'resume', '--reason', 'done')).data).to.deep.equal({ resumed: true })
    expect((await json('outbox', 'resume')).data).to.deep.equal({ resumed: false })
  })

  it('refuse a pause that is longer than a week', async () => {
    const refused = await json('outbox', 'pause', '--for', '8d', '--reason', 'test', '--yes')
    expect(refused.error?.code).to.equal('NX-OUTBOX-PAUSE')
    expect(refused.code).to.equal(64)
  })

  it('filter the rows of the outbox', async () => {
    await json('tenant', 'create', 'acme')
    const listed = await json(
      ...[
        'outbox',
        'list',
        '--tenant',
        'acme',
        '--entity',
        'lead/1',
        '--type',
        'lead.created',
        '--since',
        '1h',
      ],
    )
    expect(listed.data).to.deep.equal({ items: [], cursor: null })
  })

  it('show what keeps a row of the outbox off the bus', async () => {
    const publish = ['event', 'publish', '--tenant', 'acme', '--type', 'lead.created', '--subject', 'lead/7']
    const published = await json(...publish)
    const [{ id }] = published.data['accepted'] as [{ id: string }]
    const shown = await json('outbox', 'show', id, '--tenant', 'acme')
    expect(shown.code).to.equal(0)
    expect(shown.data).to.deep.include({ id, status: 'pending', owner: null, hindrance: { kind: 'unowned' } })
    expect(shown.data['progress']).to.deep.equal({ state: 'waiting', before: 0 })
    await json('outbox', 'pause', '--reason', 'bus moves', '--yes')
    const paused = (await runBuiltCli(['outbox', 'show', id, '--tenant', 'acme'], { env })).stdout
    expect(paused).to.match(/WAITS FOR\s+neuronx outbox resume \(paused .*: bus moves\)/)
    await json('outbox', 'resume')
    const unknown = await json('outbox', 'show', 'nope', '--tenant', 'acme')
    expect([unknown.code, unknown.error?.code]).to.deep.equal([66, 'NX-EVENT-NOT-FOUND'])
  })

  it('tell since when events are kept', async () => {
    const status = await json('db', 'status')
    expect(status.data).to.include({ state: 'current', usable: true })
    expect(status.data['keptSince']).to.match(/^\d{4}-\d\d-\d\dT00:00:00\.000Z$/)
  })

  it('refuse a database that was restored elsewhere until it is rebased', async () => {
    expect((await json('db', 'rebase')).data).to.include({ action: 'none' })
    await querySuperuser(database, `update cluster set system_identifier = '1'`)
    expect((await json('outbox', 'stats')).error?.code).to.equal('NX-DB-RESTORED')
    expect((await json('db', 'rebase', '--dry-run')).data).to.include({ action: 'adopt', dryRun: true })
    expect((await json('db', 'rebase', '--yes')).data).to.include({ action: 'adopt', dryRun: false })
    expect((await json('outbox', 'stats')).code).to.equal(0)
  })
})
