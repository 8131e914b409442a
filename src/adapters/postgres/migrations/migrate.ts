import knex from 'knex'
import type { Knex } from 'knex'
import pg from 'pg'
import { setTimeout as pause } from 'node:timers/promises'
import type { CrashPoints } from '../../../kernel/crash-points.ts'
import { NxError } from '../../../kernel/errors.ts'
import { databaseError, errorCode } from '../connection/database-error.ts'
import { migrationsFolder } from './migrations-folder.ts'
import { migrationTable, schemaName, statusOf } from './migration-status.ts'
import type { MigrationStatus } from './migration-status.ts'
import { SqlMigrations } from './sql-migrations.ts'

export interface MigrateOptions {
  /** postgres://… of the login that owns the schema (it needs CREATEROLE the first time). */
  readonly ownerUrl: string
  /** Default: the package's own. */
  readonly folder?: string
  /** An existing login that daemons and the CLI use: it is given the three roles. */
  readonly grantTo?: string
  /** A login to make if it is missing, with this password, before it is given the roles. */
  readonly runtimeLogin?: { readonly name: string; readonly password: string }
  readonly crashPoints?: CrashPoints
}

/** How long a migrator waits for another one, and for the tables that it changes. */
const lockWaitMs = 60_000
/** How long it stands in the way while it waits for a table: whatever wants that table afterwards waits behind it. */
const tableLockWaitMs = 1_000
const betweenTriesMs = 200

/** Applies what is pending, each migration in its own transaction. Returns the names that were applied now. */
export async function migrateUp(options: MigrateOptions): Promise<readonly string[]> {
  return asOwner(options, async (client, db) => {
    await client.query(`create schema if not exists ${schemaName}`)
    const status = await statusOf(client, options)
    refuseUnknown(status)
    await applyPending(db)
    const login = options.runtimeLogin
    if (login !== undefined) await makeLogin(client, login.name, login.password)
    const grantee = login?.name ?? options.grantTo
    if (grantee !== undefined) {
      await client.query(
        `grant neuronx_app, neuronx_relay, neuronx_control to ${pg.escapeIdentifier(grantee)}`,
      )
    }
    await client.query('select neuronx.ensure_partitions()')
    return status.pending
  })
}

/** Daemons may be at work: a migration that cannot have its table soon steps aside and tries again. */
async function applyPending(db: Knex): Promise<void> {
  const endsAt = performance.now() + lockWaitMs
  for (;;) {
    try {
      await db.migrate.latest()
      return
    } catch (error) {
      if (errorCode(error) !== '55P03' || performance.now() > endsAt) throw error
      await pause(betweenTriesMs)
    }
  }
}

/** Reverts the last `steps` migrations ('all': every one). Returns their names, last applied first. */
export async function migrateRollback(
  options: MigrateOptions,
  steps: number | 'all' = 1,
): Promise<readonly string[]> {
  return asOwner(options, async (client, db) => {
    const status = await statusOf(client, options)
    refuseUnknown(status)
    const reverted: string[] = []
    const count = steps === 'all' ? status.applied.length : Math.min(steps, status.applied.length)
    for (let step = 0; step < count; step += 1) {
      const [, names] = (await db.migrate.down()) as [number, string[]]
      reverted.push(...names)
    }
    return reverted
  })
}

/**
 * Works while holding the migrators' advisory lock. knex keeps a lock row of its own that a killed migrator leaves behind;
 * whoever holds ours knows that nobody is at work, and frees it.
 */
export async function asOwner<T>(
  options: MigrateOptions,
  work: (client: pg.Client, db: Knex) => Promise<T>,
): Promise<T> {
  const client = new pg.Client({ connectionString: options.ownerUrl, connectionTimeoutMillis: 10_000 })
  client.on('error', () => {})
  const db = knex({
    client: 'pg',
    connection: options.ownerUrl,
    pool: {
      min: 0,
      max: 2,
      afterCreate: (connection: pg.Client, done: (error: Error | null, connection: pg.Client) => void) => {
        connection.query(`set lock_timeout = ${tableLockWaitMs}`, (error) => done(error, connection))
      },
    },
    migrations: {
      migrationSource: new SqlMigrations(options.folder ?? migrationsFolder(), options.crashPoints),
      tableName: migrationTable,
      schemaName,
    },
  })
  try {
    await client.connect()
    await client.query(`set lock_timeout = ${lockWaitMs}`)
    await client.query(`select pg_advisory_lock(hashtextextended('neuronx.migrate', 0))`)
    const { rows } = await client.query<{ stale: boolean }>(
      `select to_regclass('${schemaName}.${migrationTable}_lock') is not null as stale`,
    )
    if (rows[0]?.stale === true) await db.migrate.forceFreeMigrationsLock()
    return await work(client, db)
  } catch (error) {
    throw databaseError(error)
  } finally {
    await db.destroy()
    await client.end().catch(() => {})
  }
}

function refuseUnknown(status: MigrationStatus): void {
  if (status.unknown.length === 0) return
  throw new NxError('conflict', 'NX-DB-SCHEMA', 'The database is newer than this program', {
    detail: `It has migrations that this version does not know: ${status.unknown.join(', ')}.`,
    fix: 'Use the version of neuronx that made them, or a newer one.',
  })
}

async function makeLogin(client: pg.Client, name: string, password: string): Promise<void> {
  const { rows } = await client.query('select from pg_roles where rolname = $1', [name])
  const verb = rows.length === 0 ? 'create' : 'alter'
  await client.query(
    `${verb} role ${pg.escapeIdentifier(name)} login nosuperuser nobypassrls password ${pg.escapeLiteral(password)}`,
  )
}
