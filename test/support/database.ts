import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { startPostgresServer } from '../../src/adapters/embedded/postgres-server.ts'
import { openDatabase } from '../../src/adapters/postgres/database.ts'
import type { Database, DatabaseOptions } from '../../src/adapters/postgres/database.ts'
import { migrateUp } from '../../src/adapters/postgres/migrations/migrate.ts'
import { systemClock } from '../../src/kernel/clock.ts'
import { silentLogger } from '../../src/kernel/logger.ts'

export interface TestDatabase {
  readonly name: string
  /** Of a superuser. */
  readonly superuserUrl: string
  /** Of the owner of the schema: neither superuser nor runtime login. */
  readonly ownerUrl: string
  /** Of the runtime login: not superuser, not owner. */
  readonly url: string
  drop(): Promise<void>
}

interface TestServer {
  urlOf(login: { name: string; password: string } | null, database: string): string
  sql(statement: string, database?: string): Promise<readonly Record<string, unknown>[]>
  readonly owner: { name: string; password: string }
  readonly runtime: { name: string; password: string }
  readonly template: string
  stop(): Promise<void>
}

let shared: Promise<TestServer> | null = null

/** A migrated database of its own, copied from a template: about 50 ms. Drop it when done. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const server = await sharedServer()
  return newDatabase(server, server.template)
}

/** The same without any migration. */
export async function createEmptyDatabase(): Promise<TestDatabase> {
  return newDatabase(await sharedServer(), 'template0')
}

/** A test database, opened as daemons open it. */
export async function openTestDatabase(
  options: Partial<DatabaseOptions> = {},
): Promise<{ database: Database; test: TestDatabase; close(): Promise<void> }> {
  const test = await createTestDatabase()
  const database = await openDatabase(test.url, { logger: silentLogger, clock: systemClock, ...options })
  return {
    database,
    test,
    close: async () => {
      await database[Symbol.asyncDispose]()
      await test.drop()
    },
  }
}

/** Runs one statement as superuser in a test database: to look behind the stores. */
export async function querySuperuser<Row extends object>(
  test: TestDatabase,
  text: string,
  values: readonly unknown[] = [],
): Promise<readonly Row[]> {
  const client = new pg.Client({ connectionString: test.superuserUrl })
  await client.connect()
  try {
    await client.query('set search_path = neuronx')
    return (await client.query<Row>(text, [...values])).rows
  } finally {
    await client.end()
  }
}

/** Stops the server of this run, if one was started. */
export async function stopSharedDatabase(): Promise<void> {
  const started = shared
  shared = null
  if (started !== null) await (await started).stop()
}

async function sharedServer(): Promise<TestServer> {
  shared ??= startShared()
  return shared
}

/** An existing server when NEURONX_TEST_DATABASE_URL (a superuser's) is set; else a throw-away one of our own. */
async function startShared(): Promise<TestServer> {
  const given = process.env['NEURONX_TEST_DATABASE_URL']
  if (given !== undefined && given !== '') return prepare(given, async () => {})
  const dataDir = await mkdtemp(join(tmpdir(), 'neuronx-test-postgres-'))
  const server = await startPostgresServer({ dataDir, logger: silentLogger, durability: 'throwaway' })
  return prepare(server.superuserUrl('postgres'), async () => {
    await server.stop()
    await rm(dataDir, { recursive: true, force: true })
  })
}

async function prepare(superuserUrl: string, stop: () => Promise<void>): Promise<TestServer> {
  const run = randomBytes(4).toString('hex')
  const owner = { name: `nx_owner_${run}`, password: randomBytes(12).toString('hex') }
  const runtime = { name: `nx_runtime_${run}`, password: randomBytes(12).toString('hex') }
  const template = `nx_template_${run}`
  const urlOf: TestServer['urlOf'] = (login, database) => {
    const url = new URL(superuserUrl)
    if (login !== null) {
      url.username = login.name
      url.password = login.password
    }
    url.pathname = `/${database}`
    return url.href
  }
  const sql: TestServer['sql'] = async (statement, database = 'postgres') => {
    const client = new pg.Client({ connectionString: urlOf(null, database) })
    await client.connect()
    try {
      return (await client.query<Record<string, unknown>>(statement)).rows
    } finally {
      await client.end()
    }
  }
  await sql(`create role ${owner.name} login createrole password '${owner.password}'`)
  for (const { rolname } of await sql(
    `select rolname from pg_roles where rolname in ('neuronx_app', 'neuronx_relay', 'neuronx_control')`,
  )) {
    await sql(`grant ${String(rolname)} to ${owner.name} with admin option`)
  }
  await sql(`create database ${template} owner ${owner.name} template template0`)
  await migrateUp({ ownerUrl: urlOf(owner, template), runtimeLogin: runtime })
  return {
    urlOf,
    sql,
    owner,
    runtime,
    template,
    stop: async () => {
      await sql(`drop database if exists ${template} with (force)`)
      await sql(`drop role if exists ${runtime.name}`)
      await sql(`drop role if exists ${owner.name}`).catch(() => {
        // It made the cluster's neuronx roles, which databases of a server that is not ours may still use.
      })
      await stop()
    },
  }
}

async function newDatabase(server: TestServer, template: string): Promise<TestDatabase> {
  const name = `nx_test_${randomBytes(6).toString('hex')}`
  await server.sql(`create database ${name} owner ${server.owner.name} template ${template}`)
  return {
    name,
    superuserUrl: server.urlOf(null, name),
    ownerUrl: server.urlOf(server.owner, name),
    url: server.urlOf(server.runtime, name),
    drop: async () => {
      await server.sql(`drop database if exists ${name} with (force)`)
    },
  }
}
