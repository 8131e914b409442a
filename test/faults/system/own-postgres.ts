import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { startPostgresServer } from '../../../src/adapters/embedded/postgres-server.ts'
import type { PostgresServer } from '../../../src/adapters/embedded/postgres-server.ts'
import { migrateUp } from '../../../src/adapters/postgres/migrations/migrate.ts'
import { silentLogger } from '../../../src/kernel/logger.ts'
import { eventually } from '../../support/eventually.ts'

const databaseName = 'neuronx'

/** A Postgres of the suite's own, durable as in production, which it may stop at once and start again. */
export class OwnPostgres {
  readonly runtime = { name: 'nx_runtime', password: randomBytes(12).toString('hex') }
  readonly #dataDir: string
  #server: PostgresServer
  #client: pg.Client | null = null

  private constructor(dataDir: string, server: PostgresServer) {
    this.#dataDir = dataDir
    this.#server = server
  }

  /** Starts it, makes the logins, the database and its schema. */
  static async start(dataDir: string): Promise<OwnPostgres> {
    const server = await startPostgresServer({ dataDir, logger: silentLogger })
    const own = new OwnPostgres(dataDir, server)
    const owner = { name: 'nx_owner', password: randomBytes(12).toString('hex') }
    await own.#alone('postgres', async (client) => {
      await client.query(`create role ${owner.name} login createrole password '${owner.password}'`)
      await client.query(`create database ${databaseName} owner ${owner.name} template template0`)
    })
    await migrateUp({ ownerUrl: own.urlOf(owner, own.port), runtimeLogin: own.runtime })
    return own
  }

  get port(): number {
    return this.#server.port
  }

  get pid(): number {
    return this.#server.pid
  }

  urlOf(login: { readonly name: string; readonly password: string }, port: number): string {
    return `postgres://${login.name}:${login.password}@127.0.0.1:${port}/${databaseName}`
  }

  /** Runs as superuser, straight and not through a wire; connects anew when the server was away. */
  async use<T>(work: (client: pg.Client) => Promise<T>): Promise<T> {
    this.#client ??= await this.connect()
    try {
      return await work(this.#client)
    } catch (error) {
      this.#client?.end().catch(() => {})
      this.#client = null
      throw error
    }
  }

  /** A connection of the caller's own. */
  async connect(database = databaseName): Promise<pg.Client> {
    const client = new pg.Client({
      connectionString: this.#server.superuserUrl(database),
      application_name: 'fault suite',
      connectionTimeoutMillis: 5_000,
    })
    client.on('error', () => {})
    await client.connect()
    return client
  }

  /** SIGQUIT: no checkpoint, every connection cut; the log recovers what was committed. */
  async stopImmediately(): Promise<void> {
    this.#client?.end().catch(() => {})
    this.#client = null
    process.kill(this.#server.pid, 'SIGQUIT')
    await this.#server.exited
  }

  async startAgain(): Promise<void> {
    this.#server = await eventually(
      async () => await startPostgresServer({ dataDir: this.#dataDir, logger: silentLogger }),
      30_000,
    )
  }

  /** Ends every connection but the suite's own; returns how many. */
  async terminateBackends(): Promise<number> {
    return await this.use(async (client) => {
      const { rowCount } = await client.query(
        `select pg_terminate_backend(pid) from pg_stat_activity
         where datname = $1 and application_name <> 'fault suite' and backend_type = 'client backend'`,
        [databaseName],
      )
      return rowCount ?? 0
    })
  }

  async stop(): Promise<void> {
    await this.#client?.end().catch(() => {})
    this.#client = null
    await this.#server.stop()
  }

  async #alone(database: string, work: (client: pg.Client) => Promise<void>): Promise<void> {
    const client = await this.connect(database)
    try {
      await work(client)
    } finally {
      await client.end()
    }
  }
}
