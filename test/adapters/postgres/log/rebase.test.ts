import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import pg from 'pg'
import { startPostgresServer } from '../../../../src/adapters/embedded/postgres-server.ts'
import { openDatabase } from '../../../../src/adapters/postgres/database.ts'
import type { Database } from '../../../../src/adapters/postgres/database.ts'
import { migrateUp } from '../../../../src/adapters/postgres/migrations/migrate.ts'
import { rebase } from '../../../../src/adapters/postgres/migrations/rebase.ts'
import { systemClock } from '../../../../src/kernel/clock.ts'
import { NxError } from '../../../../src/kernel/errors.ts'
import { silentLogger } from '../../../../src/kernel/logger.ts'
import { decodeWireEvent } from '../../../../src/messaging/events/wire-event.ts'
import { createTestDatabase, querySuperuser } from '../../../support/database.ts'
import type { TestDatabase } from '../../../support/database.ts'
import { eventually } from '../../../support/eventually.ts'
import { incoming, request } from '../../../support/stores/intake.ts'
import { createTenant } from '../../../support/stores/tenants.ts'

const options = { logger: silentLogger, clock: systemClock }

async function codeOf(promise: Promise<unknown>): Promise<string> {
  const error: unknown = await promise.then(
    () => null,
    (thrown: unknown) => thrown,
  )
  return error instanceof NxError ? error.code : String(error)
}

describe('a database that was restored into another cluster', () => {
  let test: TestDatabase
  let tenantId: string
  beforeEach(async () => {
    test = await createTestDatabase()
    await using database = await openDatabase(test.url, options)
    tenantId = (await createTenant(database)).id
    for (const id of ['a', 'b', 'c', 'd']) await accept(database, id)
    // The first two were published.
    const rows = await unpublished(database, 4)
    const leases = await beat(database)
    const second = rows[1]!
    await database.stores.outbox.advance([{ lease: leases[second.shard]!, to: second.position }])
    await database.stores.shardLeases.release('a')
  })
  afterEach(async () => test.drop())

  const accept = async (database: Database, externalId: string) =>
    database.stores.intake.acceptAll([request(tenantId, incoming({ tenantId, externalId }))])
  const beat = async (database: Database) =>
    database.stores.shardLeases.heartbeat({ daemonId: 'a', host: 'h', version: '1', leaseMs: 60_000 })
  const unpublished = async (database: Database, count: number) => {
    const leases = await beat(database)
    return eventually(async () => {
      const rows = await database.stores.outbox.unpublished(leases, 100)
      expect(rows).to.have.length(count)
      return rows
    })
  }
  /** What a restored dump looks like: this cluster has not given out its transaction ids yet. */
  const makeRestored = async (): Promise<void> => {
    for (const table of ['event_log', 'relay_cursor', 'reconcile_cursor'])
      await querySuperuser(
        test,
        `update ${table} set txid = (txid::text::bigint + 1000000000000)::text::xid8 where txid > '0'`,
      )
    await querySuperuser(test, `update cluster set system_identifier = '1'`)
  }

  it('is refused, put right, and goes on exactly where it was', async () => {
    await makeRestored()
    expect(await codeOf(openDatabase(test.url, options))).to.equal('NX-DB-RESTORED')
    const plan = await rebase({ ownerUrl: test.ownerUrl, dryRun: true })
    expect(plan).to.include({ action: 'rewrite', events: 4 })
    expect(await codeOf(openDatabase(test.url, options)), 'a dry run changes nothing').to.equal(
      'NX-DB-RESTORED',
    )
    expect((await rebase({ ownerUrl: test.ownerUrl, dryRun: false })).action).to.equal('rewrite')
    await using database = await openDatabase(test.url, options)
    await accept(database, 'e')
    const rows = await unpublished(database, 3)
    const ids = rows.map(({ message }) => decodeWireEvent(message).externalId)
    expect(ids).to.deep.equal(['c', 'd', 'e'])
    const page = await database.stores.messages.outbox(tenantId, {}, { limit: 10, cursor: null })
    expect(page.items.map(({ status }) => status)).to.deep.equal([
      'pending',
      'pending',
      'pending',
      'published',
      'published',
    ])
    expect((await rebase({ ownerUrl: test.ownerUrl, dryRun: true })).action).to.equal('none')
  })

  it('loses nothing of a shard whose cursor is older than all that is left of the log', async () => {
    // It was silent for longer than the log is kept; what it was sent last was not published yet when the dump was made.
    await querySuperuser(test, `update relay_cursor set txid = '10', pos = 10`)
    await querySuperuser(test, `update reconcile_cursor set txid = '10', pos = 10`)
    await querySuperuser(test, `update event_log set txid = (txid::text::bigint + 1000000000000)::text::xid8`)
    await querySuperuser(test, `update cluster set system_identifier = '1'`)
    expect((await rebase({ ownerUrl: test.ownerUrl, dryRun: false })).action).to.equal('rewrite')
    await using database = await openDatabase(test.url, options)
    const rows = await unpublished(database, 4)
    const ids = rows.map(({ message }) => decodeWireEvent(message).externalId)
    expect(ids).to.deep.equal(['a', 'b', 'c', 'd'])
  })

  it('keeps row-level security as it was', async () => {
    await makeRestored()
    await rebase({ ownerUrl: test.ownerUrl, dryRun: false })
    const rows = await querySuperuser(
      test,
      `select relname::text as name, relforcerowsecurity as forced from pg_class
       where oid in ('event_log'::regclass, 'audit_log'::regclass) order by 1`,
    )
    expect(rows).to.deep.equal([
      { name: 'audit_log', forced: true },
      { name: 'event_log', forced: true },
    ])
  })

  it('is known by its transaction ids where the cluster keeps its identifier to itself', async () => {
    await makeRestored()
    await querySuperuser(test, 'update cluster set system_identifier = null')
    expect(await codeOf(openDatabase(test.url, options))).to.equal('NX-DB-RESTORED')
    expect((await rebase({ ownerUrl: test.ownerUrl, dryRun: true })).action).to.equal('rewrite')
  })

  it('is only taken note of when its order holds in the new cluster', async () => {
    await querySuperuser(test, `update cluster set system_identifier = '1'`)
    expect(await codeOf(openDatabase(test.url, options))).to.equal('NX-DB-RESTORED')
    const positions = async () =>
      querySuperuser(test, 'select txid::text, pos::text from event_log order by pos')
    const before = await positions()
    expect((await rebase({ ownerUrl: test.ownerUrl, dryRun: false })).action).to.equal('adopt')
    expect(await positions()).to.deep.equal(before)
    await using database = await openDatabase(test.url, options)
    await database.ping()
  })

  it('is not touched while a daemon is at work', async () => {
    {
      await using database = await openDatabase(test.url, options)
      await beat(database)
    }
    expect((await rebase({ ownerUrl: test.ownerUrl, dryRun: false })).action).to.equal('none')
    await makeRestored()
    expect(await codeOf(rebase({ ownerUrl: test.ownerUrl, dryRun: false }))).to.equal('NX-DB-IN-USE')
  })

  it('waits for whoever migrates', async () => {
    await makeRestored()
    const migrator = new pg.Client({ connectionString: test.ownerUrl })
    await migrator.connect()
    await migrator.query(`select pg_advisory_lock(hashtextextended('neuronx.migrate', 0))`)
    let done = false
    const rebasing = rebase({ ownerUrl: test.ownerUrl, dryRun: false }).then(() => (done = true))
    await eventually(async () => {
      const waiting = await querySuperuser<{ n: number }>(
        test,
        `select count(*)::integer as n from pg_locks where locktype = 'advisory' and not granted
           and database = (select oid from pg_database where datname = current_database())`,
      )
      expect(waiting[0]?.n).to.equal(1)
    })
    expect(done).to.be.false
    await migrator.end()
    await rebasing
  })

  it('goes on where it was after a copy into a cluster of its own', async function () {
    this.timeout(60_000)
    // A cluster that has seen more than a new one.
    const source = new pg.Client({ connectionString: test.superuserUrl })
    await source.connect()
    for (let count = 0; count < 3_000; count += 1) await source.query('select pg_current_xact_id()')
    {
      await using database = await openDatabase(test.url, options)
      await accept(database, 'e')
    }
    const dataDir = await mkdtemp(join(tmpdir(), 'neuronx-restored-'))
    const server = await startPostgresServer({ dataDir, logger: silentLogger, durability: 'throwaway' })
    try {
      const superuserUrl = server.superuserUrl('postgres')
      const runtimeLogin = { name: 'nx_restored', password: 'restored' }
      await migrateUp({ ownerUrl: superuserUrl, runtimeLogin })
      await copyTables(source, superuserUrl)
      const url = new URL(superuserUrl)
      Object.assign(url, { username: runtimeLogin.name, password: runtimeLogin.password })
      expect(await codeOf(openDatabase(url.href, options))).to.equal('NX-DB-RESTORED')
      expect((await rebase({ ownerUrl: superuserUrl, dryRun: false })).action).to.equal('rewrite')
      await using database = await openDatabase(url.href, options)
      await accept(database, 'f')
      const rows = await unpublished(database, 4)
      expect(rows.map(({ message }) => decodeWireEvent(message).externalId)).to.deep.equal([
        'c',
        'd',
        'e',
        'f',
      ])
    } finally {
      await source.end()
      await server.stop()
      await rm(dataDir, { recursive: true, force: true })
    }
  })
})

/** What a dump and its restoration would bring, of the tables that matter here. */
async function copyTables(source: pg.Client, targetUrl: string): Promise<void> {
  const target = new pg.Client({ connectionString: targetUrl })
  await target.connect()
  try {
    for (const table of [
      'tenant',
      'inbox',
      'entity_head',
      'event_log',
      'relay_cursor',
      'reconcile_cursor',
      'cluster',
    ]) {
      const { rows } = await source.query<{ row: string }>(
        `select row_to_json(t)::text as row from neuronx.${table} t`,
      )
      await target.query(`delete from neuronx.${table}`)
      await target.query(
        `insert into neuronx.${table} overriding system value select * from json_populate_recordset(null::neuronx.${table}, $1)`,
        [`[${rows.map(({ row }) => row).join(',')}]`],
      )
    }
    await target.query(`select setval('neuronx.event_log_pos', (select max(pos) from neuronx.event_log))`)
  } finally {
    await target.end()
  }
}
