import { expect } from 'chai'
import type pg from 'pg'
import { inTenants } from '../../../../src/adapters/postgres/connection/transaction.ts'
import { openDatabase } from '../../../../src/adapters/postgres/database.ts'
import type { Database } from '../../../../src/adapters/postgres/database.ts'
import { migrateRollback, migrateUp } from '../../../../src/adapters/postgres/migrations/migrate.ts'
import { migrationStatus } from '../../../../src/adapters/postgres/migrations/migration-status.ts'
import { systemClock } from '../../../../src/kernel/clock.ts'
import { newId } from '../../../../src/kernel/ids.ts'
import { silentLogger } from '../../../../src/kernel/logger.ts'
import { createTestDatabase, querySuperuser } from '../../../support/database.ts'
import type { TestDatabase } from '../../../support/database.ts'
import { eventually } from '../../../support/eventually.ts'
import { poolOf } from '../../../support/stores/owned-database.ts'
import { createTenant } from '../../../support/stores/tenants.ts'

/** As daemons of the version before write an instance. */
const writeOld = `
insert into neuronx.workflow_instance (id, tenant_id, entity_key, shard, workflow, definition_digest, status, state, seq, vars, started_by,
  started_at, correlation_id, steps, wake_at)
values ($1::uuid, $2, 'default/lead/' || $1::uuid, 1, 'nurture', 'd', $4, '{}', $3, '{}', $1, now(), 'case-7', 1, $5)
on conflict (id) do update set status = excluded.status, seq = excluded.seq, wake_at = excluded.wake_at`
/** As they fire its timer. */
const fireOld = 'update neuronx.workflow_instance set wake_at = null where id = $1'
const past = '2020-01-01T00:00:00.000Z'
const future = '2099-01-01T00:00:00.000Z'

describe('the migration that puts timers beside workflow instances', function () {
  this.timeout(60_000)
  let test: TestDatabase
  let database: Database
  let tenantId: string
  let app: pg.Pool
  before(async () => {
    test = await createTestDatabase()
    database = await openDatabase(test.url, { logger: silentLogger, clock: systemClock })
    tenantId = (await createTenant(database)).id
    app = poolOf(test, 'neuronx_app')
  })
  after(async () => {
    await app.end()
    await database[Symbol.asyncDispose]()
    await test.drop()
  })

  const old = async (id: string, seq: number, wakeAt: string | null, status = 'waiting'): Promise<void> =>
    await asApp(writeOld, [id, tenantId, seq, status, wakeAt])

  const asApp = async (text: string, values: readonly unknown[]): Promise<void> =>
    void (await inTenants(app, [tenantId], async (client) => client.query(text, [...values])))

  /** seq and year of the timer of each. */
  async function timers(...ids: readonly string[]): Promise<readonly string[]> {
    const rows = await querySuperuser<{ text: string }>(
      test,
      `select coalesce(t.seq || ' ' || to_char(t.wake_at at time zone 'UTC', 'YYYY'), 'none') as text
       from unnest($1::uuid[]) with ordinality x(id, n) left join workflow_timer t on t.instance_id = x.id order by x.n`,
      [ids],
    )
    return rows.map(({ text }) => text)
  }

  it('takes those over who sleep, and gives them back when it is reverted', async () => {
    const { applied } = await migrationStatus(test)
    const steps = applied.length - applied.findIndex((name) => name.startsWith('0027_'))
    await migrateRollback(test, steps)
    const [sleeping, fired, ended] = [newId(), newId(), newId()]
    await old(sleeping, 3, future)
    await old(fired, 2, null)
    await old(ended, 5, null, 'done')
    await migrateUp(test)
    expect(await timers(sleeping, fired, ended)).to.deep.equal(['3 2099', 'none', 'none'])
    // One more sleeps, and one has fired, by the time that it is reverted.
    await querySuperuser(test, 'delete from workflow_timer where instance_id = $1', [sleeping])
    await querySuperuser(
      test,
      `insert into workflow_timer (tenant_id, entity_key, instance_id, shard, seq, wake_at)
       select tenant_id, entity_key, id, shard, seq, $2 from workflow_instance where id = $1`,
      [fired, future],
    )
    await migrateRollback(test, steps)
    const times = await querySuperuser<{ wakes: boolean }>(
      test,
      `select wake_at is not null as wakes from unnest($1::uuid[]) with ordinality x(id, n)
       join workflow_instance w on w.id = x.id order by x.n`,
      [[sleeping, fired, ended]],
    )
    expect(times.map(({ wakes }) => wakes)).to.deep.equal([false, true, false])
    await migrateUp(test)
    expect(await timers(sleeping, fired, ended)).to.deep.equal(['none', '2 2099', 'none'])
  })

  it('waits for daemons that are at it, and stops none of them', async () => {
    const { applied } = await migrationStatus(test)
    await migrateRollback(test, applied.length - applied.findIndex((name) => name.startsWith('0027_')))
    const [one, other] = [newId(), newId()]
    await old(one, 1, future)
    await old(other, 1, future)
    const gates = [Promise.withResolvers<void>(), Promise.withResolvers<void>()] as const
    const begun = [Promise.withResolvers<void>(), Promise.withResolvers<void>()] as const
    const written = inTenants(app, [tenantId], async (client) => {
      await client.query(fireOld, [one])
      begun[0].resolve()
      await gates[0].promise
    })
    const loaded = inTenants(app, [tenantId], async (client) => {
      await client.query('select 1 from neuronx.workflow_instance where id = $1', [other])
      begun[1].resolve()
      await gates[1].promise
      await client.query(fireOld, [other])
    })
    await Promise.all(begun.map(async ({ promise }) => promise))
    const migrated = migrateUp(test)
    await eventually(
      async () =>
        expect(
          await querySuperuser(
            test,
            `select 1 from pg_locks where not granted and relation = 'neuronx.workflow_instance'::regclass`,
          ),
        ).not.to.be.empty,
    )
    gates[1].resolve()
    gates[0].resolve()
    await Promise.all([written, loaded, migrated])
    expect(await timers(one, other)).to.deep.equal(['none', 'none'])
  })

  it('follows what daemons of the version before write, while there are any', async () => {
    const id = newId()
    await old(id, 1, past)
    expect(await timers(id)).to.deep.equal(['1 2020'])
    await asApp(fireOld, [id])
    expect(await timers(id), 'it fired there').to.deep.equal(['none'])
    await old(id, 2, future)
    await old(id, 3, future)
    expect(await timers(id), 'another wait until the same time').to.deep.equal(['3 2099'])
    await old(id, 4, null, 'done')
    expect(await timers(id)).to.deep.equal(['none'])
  })

  it('lets this version fire what such a daemon put to sleep, once', async () => {
    const id = newId()
    await old(id, 1, past)
    expect(await database.stores.timers.fireDue([1], 10)).to.equal(1)
    expect(await database.stores.timers.fireDue([1], 10)).to.equal(0)
    const [fired] = await querySuperuser<{ data: object; headers: object }>(
      test,
      `select data, headers from event_log where tenant_id = $1 and data->>'instanceId' = $2`,
      [tenantId, id],
    )
    expect(fired?.data).to.deep.equal({ instanceId: id, seq: 1 })
    expect(fired?.headers).to.include({ correlationid: 'case-7', causationid: id })
  })
})
