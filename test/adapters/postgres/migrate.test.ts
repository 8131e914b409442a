import { expect } from 'chai'
import { migrateRollback, migrateUp } from '../../../src/adapters/postgres/migrations/migrate.ts'
import { migrationStatus } from '../../../src/adapters/postgres/migrations/migration-status.ts'
import { openDatabase } from '../../../src/adapters/postgres/database.ts'
import { systemClock } from '../../../src/kernel/clock.ts'
import { NxError } from '../../../src/kernel/errors.ts'
import { silentLogger } from '../../../src/kernel/logger.ts'
import { createEmptyDatabase, createTestDatabase, querySuperuser } from '../../support/database.ts'
import type { TestDatabase } from '../../support/database.ts'

/** What a schema holds, as text: tables, columns, indexes, policies, functions, views, grants. */
async function shapeOf(test: TestDatabase): Promise<readonly string[]> {
  const rows = await querySuperuser<{ thing: string }>(
    test,
    `select 'column ' || table_name || '.' || column_name || ' ' || data_type as thing from information_schema.columns
       where table_schema = 'neuronx' and table_name not like 'migration%'
     union all select 'index ' || indexdef from pg_indexes where schemaname = 'neuronx' and tablename not like 'migration%'
     union all select 'policy ' || tablename || ' ' || policyname || ' ' || roles::text from pg_policies where schemaname = 'neuronx'
     union all select 'function ' || proname from pg_proc where pronamespace = 'neuronx'::regnamespace
     union all select 'sequence ' || sequencename from pg_sequences where schemaname = 'neuronx' and sequencename not like 'migration%'
     union all select 'grant ' || table_name || ' ' || grantee || ' ' || privilege_type from information_schema.role_table_grants
       where table_schema = 'neuronx' and table_name not like 'migration%'
     order by 1`,
  )
  return rows.map((row) => row.thing)
}

async function rejection(promise: Promise<unknown>): Promise<NxError> {
  const error: unknown = await promise
    .then(() => new Error('it did not fail'))
    .catch((thrown: unknown) => thrown)
  if (error instanceof NxError) return error
  throw error
}

describe('migrations', () => {
  it('come back the same after going down, all at once and one by one, and leave no object behind', async () => {
    const test = await createTestDatabase()
    try {
      const before = await shapeOf(test)
      expect(before).to.have.length.above(100)
      const { applied } = await migrationStatus(test)
      const reverted = await migrateRollback(test, 'all')
      expect(reverted).to.deep.equal(applied.toReversed())
      expect(await shapeOf(test)).to.deep.equal([])
      expect(await migrateUp(test)).to.deep.equal(applied)
      expect(await shapeOf(test)).to.deep.equal(before)
      for (const name of applied.toReversed()) expect(await migrateRollback(test)).to.deep.equal([name])
      expect(await shapeOf(test)).to.deep.equal([])
    } finally {
      await test.drop()
    }
  })

  it('are applied once when two migrators start together', async () => {
    const test = await createEmptyDatabase()
    try {
      const [first, second] = await Promise.all([migrateUp(test), migrateUp(test)])
      const { applied, pending } = await migrationStatus(test)
      expect([...first, ...second]).to.deep.equal(applied)
      expect(pending).to.deep.equal([])
    } finally {
      await test.drop()
    }
  })

  it('go on after a migrator was killed while it held the lock row', async () => {
    const test = await createTestDatabase()
    try {
      await migrateRollback(test)
      await querySuperuser(test, 'update migration_lock set is_locked = 1')
      expect(await migrateUp(test)).to.have.length(1)
    } finally {
      await test.drop()
    }
  })

  it('tell what is pending before there is a schema', async () => {
    const test = await createEmptyDatabase()
    try {
      const status = await migrationStatus(test)
      expect(status.applied).to.deep.equal([])
      expect(status.pending).to.have.length.above(4)
    } finally {
      await test.drop()
    }
  })

  it('refuse to go on in a database that a newer program migrated', async () => {
    const test = await createTestDatabase()
    try {
      await querySuperuser(
        test,
        `insert into migration (name, batch, migration_time) values ('9999_from_the_future', 9, now())`,
      )
      expect((await migrationStatus(test)).unknown).to.deep.equal(['9999_from_the_future'])
      expect((await rejection(migrateUp(test))).code).to.equal('NX-DB-SCHEMA')
      expect((await rejection(migrateRollback(test))).code).to.equal('NX-DB-SCHEMA')
    } finally {
      await test.drop()
    }
  })
})

describe('openDatabase', () => {
  const options = { logger: silentLogger, clock: systemClock }

  it('works with a schema that is ahead by what it need not know, and says so once', async () => {
    const test = await createTestDatabase()
    const warned: unknown[] = []
    const logger = { ...silentLogger, warn: (facts: unknown) => warned.push(facts) }
    try {
      await querySuperuser(
        test,
        `insert into migration (name, batch, migration_time) values ('9999_from_the_future', 9, now())`,
      )
      const database = await openDatabase(test.url, { ...options, logger })
      await database.ping()
      await database[Symbol.asyncDispose]()
      expect(warned).to.deep.equal([{ migrations: ['9999_from_the_future'] }])
    } finally {
      await test.drop()
    }
  })

  it('refuses a schema that is behind, too far ahead or missing', async () => {
    const test = await createTestDatabase()
    const empty = await createEmptyDatabase()
    try {
      await querySuperuser(
        test,
        `insert into migration (name, batch, migration_time) values ('9999_from_the_future', 9, now())`,
      )
      await querySuperuser(test, 'update schema_floor set migration = 9999')
      expect((await rejection(openDatabase(test.url, options))).code).to.equal('NX-DB-SCHEMA')
      await querySuperuser(test, `delete from migration where name like '9999%'`)
      await migrateRollback(test)
      expect((await rejection(openDatabase(test.url, options))).code).to.equal('NX-DB-SCHEMA')
      await migrateRollback(test, 'all')
      expect((await rejection(openDatabase(test.url, options))).code).to.equal('NX-DB-SCHEMA')
      expect((await rejection(openDatabase(empty.url, options))).code).to.equal('NX-DB-SCHEMA')
    } finally {
      await test.drop()
      await empty.drop()
    }
  })

  it('refuses a superuser and the owner of the tables', async () => {
    const test = await createTestDatabase()
    try {
      for (const url of [test.superuserUrl, test.ownerUrl]) {
        const error = await rejection(openDatabase(url, options))
        expect(error.code).to.equal('NX-DB-ROLE')
        expect(error.fix).to.be.a('string')
      }
    } finally {
      await test.drop()
    }
  })

  it('says that the login is refused, and never its password', async () => {
    const test = await createTestDatabase()
    try {
      const url = new URL(test.url)
      // A server that trusts everybody still knows its logins.
      url.username = 'nx_nobody'
      url.password = 'wrong-horse-battery'
      const error = await rejection(openDatabase(url.href, options))
      expect(error.code).to.equal('NX-DB-LOGIN')
      expect(`${error.message} ${error.detail}`).not.to.contain('wrong-horse')
    } finally {
      await test.drop()
    }
  })

  it('says that nobody answers when the server is away', async () => {
    const error = await rejection(openDatabase('postgres://nobody@127.0.0.1:1/none', options))
    expect(error.code).to.equal('NX-DB-UNREACHABLE')
    expect(error.retryable).to.be.true
  })
})
