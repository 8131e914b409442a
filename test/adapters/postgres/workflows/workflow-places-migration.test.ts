import { expect } from 'chai'
import { openPool } from '../../../../src/adapters/postgres/connection/pool.ts'
import { inTenants } from '../../../../src/adapters/postgres/connection/transaction.ts'
import { openDatabase } from '../../../../src/adapters/postgres/database.ts'
import { migrateRollback, migrateUp } from '../../../../src/adapters/postgres/migrations/migrate.ts'
import { migrationStatus } from '../../../../src/adapters/postgres/migrations/migration-status.ts'
import { systemClock } from '../../../../src/kernel/clock.ts'
import { newId } from '../../../../src/kernel/ids.ts'
import { silentLogger } from '../../../../src/kernel/logger.ts'
import { createTestDatabase, querySuperuser } from '../../../support/database.ts'
import type { TestDatabase } from '../../../support/database.ts'
import { createTenant } from '../../../support/stores/tenants.ts'

/** An instance as programs of the first revision write it: nothing of where it is but its state. */
const insertOld = `
insert into neuronx.workflow_instance (id, tenant_id, entity_key, shard, workflow, definition_digest, status, state, seq, vars, started_by,
  started_at, correlation_id, steps, wake_at)
values ($1, $2, $3, 1, $4, 'old-digest', 'waiting', $5, 1, '{}', $1, now(), 'c', 1, '2099-01-01')`

const oldState = {
  status: 'waiting',
  stepId: 'reply',
  wait: { kind: 'timer', until: '2099-01-01T00:00:00.000Z' },
}

describe('the migration that says where workflow instances are', function () {
  this.timeout(60_000)
  let test: TestDatabase
  before(async () => {
    test = await createTestDatabase()
  })
  after(async () => test.drop())

  async function tenants(): Promise<readonly [string, string]> {
    const database = await openDatabase(test.url, { logger: silentLogger, clock: systemClock })
    try {
      return [(await createTenant(database)).id, (await createTenant(database)).id]
    } finally {
      await database[Symbol.asyncDispose]()
    }
  }

  /** Goes down until the migration is not applied any more. */
  async function before0020(): Promise<void> {
    const { applied } = await migrationStatus(test)
    await migrateRollback(test, applied.length - applied.findIndex((name) => name.startsWith('0020_')))
  }

  async function rows() {
    return await querySuperuser<object>(
      test,
      'select id, state, seq, wake_at, entity_key from workflow_instance order by id',
    )
  }

  it('knows every workflow that was in flight, counts by the state of old rows, and takes nothing with it when it is reverted', async () => {
    const [one, other] = await tenants()
    await before0020()
    for (const [tenant, key, workflow] of [
      [one, 'default/lead/1', 'nurture'],
      [one, 'default/lead/2', 'nurture'],
      [one, 'eu/lead/1', 'nurture'],
      [other, 'default/lead/1', 'book'],
    ] as const)
      await querySuperuser(test, insertOld, [newId(), tenant, key, workflow, oldState])
    const old = await rows()
    await migrateUp(test)
    expect(await rows()).to.deep.equal(old)
    const known = await querySuperuser(
      test,
      'select tenant_id, workspace, workflow, definition_digest from workflow_follow order by workflow desc, workspace',
    )
    expect(known).to.deep.equal([
      { tenant_id: one, workspace: 'default', workflow: 'nurture', definition_digest: '' },
      { tenant_id: one, workspace: 'eu', workflow: 'nurture', definition_digest: '' },
      { tenant_id: other, workspace: 'default', workflow: 'book', definition_digest: '' },
    ])
    const forced = await querySuperuser<{ relforcerowsecurity: boolean }>(
      test,
      `select relforcerowsecurity from pg_class where oid in ('workflow_instance'::regclass, 'workflow_follow'::regclass)`,
    )
    expect(forced.map((table) => table.relforcerowsecurity)).to.deep.equal([true, true])
    const database = await openDatabase(test.url, { logger: silentLogger, clock: systemClock })
    try {
      const { places } = await database.stores.workflows.counts(one, 'default', null)
      expect(places.map(({ workflow, step, count }) => [workflow, step, count])).to.deep.equal([
        ['nurture', 'reply', 2],
      ])
    } finally {
      await database[Symbol.asyncDispose]()
    }
    await before0020()
    expect(await rows()).to.deep.equal(old)
    await migrateUp(test)
  })

  it('makes a workflow known with its first instance, whichever program writes it, as far as the tenant may see', async () => {
    const [one, other] = await tenants()
    const app = openPool({
      url: test.url,
      role: 'neuronx_app',
      max: 2,
      applicationName: 'test',
      connectTimeoutMs: 5_000,
      statementTimeoutMs: 20_000,
      idleInTransactionTimeoutMs: 20_000,
      logger: silentLogger,
    })
    try {
      const insert = async (tenant: string) =>
        inTenants(app, [one], async (client) =>
          client.query(insertOld, [newId(), tenant, 'default/lead/9', 'late', oldState]),
        )
      await insert(one)
      await insert(one)
      await insert(other).then(
        () => expect.fail('It wrote into another tenant'),
        (error: unknown) => expect(error).to.have.nested.property('cause.code', '42501'),
      )
      const seen = async (tenant: string) =>
        inTenants(app, [tenant], async (client) =>
          client.query('select workflow, definition_digest from neuronx.workflow_follow'),
        )
      expect((await seen(one)).rows).to.deep.equal([{ workflow: 'late', definition_digest: 'old-digest' }])
      expect((await seen(other)).rows).to.deep.equal([])
      const refused = await inTenants(app, [one], async (client) =>
        client.query('delete from neuronx.workflow_instance'),
      ).catch((error: unknown) => error)
      expect(refused).to.have.nested.property('cause.code', '42501')
    } finally {
      await app.end()
    }
  })
})
