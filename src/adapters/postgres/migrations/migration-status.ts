import pg from 'pg'
import { databaseError } from '../connection/database-error.ts'
import { migrationsFolder } from './migrations-folder.ts'
import { SqlMigrations } from './sql-migrations.ts'

export const schemaName = 'neuronx'
export const migrationTable = 'migration'

export interface MigrationStatus {
  readonly applied: readonly string[]
  readonly pending: readonly string[]
  /** Applied, but unknown to this version: the database is newer than the program. */
  readonly unknown: readonly string[]
  /** So much newer that this program would do harm (`schema_floor`); else it works with what it does not know. */
  readonly tooOld: boolean
}

/** What is applied, pending and unknown. Needs no more than the right to read. */
export async function migrationStatus(options: {
  readonly ownerUrl: string
  readonly folder?: string
}): Promise<MigrationStatus> {
  return await connected(options.ownerUrl, async (client) => await statusOf(client, options))
}

/** The day from which on the log holds all events, RFC 3339; null while there is no log. */
export async function keptSince(options: { readonly ownerUrl: string }): Promise<string | null> {
  return await connected(options.ownerUrl, async (client) => {
    const { rows: found } = await client.query<{ found: boolean }>(
      `select to_regproc('${schemaName}.log_partitions') is not null as found`,
    )
    if (found[0]?.found !== true) return null
    const { rows } = await client.query<{ since: Date | null }>(
      `select min(from_at) as since from ${schemaName}.log_partitions() where parent = 'event_log' and attached`,
    )
    return rows[0]?.since?.toISOString() ?? null
  })
}

async function connected<T>(url: string, ask: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000 })
  client.on('error', () => {})
  try {
    await client.connect()
    return await ask(client)
  } catch (error) {
    throw databaseError(error)
  } finally {
    await client.end().catch(() => {})
  }
}

/** The same over a connection or pool that is open. */
export async function statusOf(
  client: pg.ClientBase | pg.Pool,
  options: { folder?: string } = {},
): Promise<MigrationStatus> {
  const known = await new SqlMigrations(options.folder ?? migrationsFolder()).getMigrations()
  const { rows: found } = await client.query<{ found: boolean }>(
    `select to_regclass('${schemaName}.${migrationTable}') is not null as found`,
  )
  if (found[0]?.found !== true) return { applied: [], pending: known, unknown: [], tooOld: false }
  const { rows } = await client.query<{ name: string }>(
    `select name from ${schemaName}.${migrationTable} order by id`,
  )
  const applied = rows.map((row) => row.name)
  const unknown = applied.filter((name) => !known.includes(name))
  return {
    applied: applied.filter((name) => known.includes(name)),
    pending: known.filter((name) => !applied.includes(name)),
    unknown,
    tooOld: unknown.length > 0 && numberOf(known.at(-1)) < (await floorOf(client)),
  }
}

/** The oldest migration that a program must know; a schema that says nothing of it allows none that is older than itself. */
async function floorOf(client: pg.ClientBase | pg.Pool): Promise<number> {
  const { rows: found } = await client.query<{ found: boolean }>(
    `select to_regclass('${schemaName}.schema_floor') is not null as found`,
  )
  if (found[0]?.found !== true) return Number.POSITIVE_INFINITY
  const { rows } = await client.query<{ migration: number }>(
    `select migration from ${schemaName}.schema_floor`,
  )
  return rows[0]?.migration ?? Number.POSITIVE_INFINITY
}

/** `0009_add_log_operations` -> 9. */
function numberOf(migration: string | undefined): number {
  return Number.parseInt(migration ?? '0', 10)
}
