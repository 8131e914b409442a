import { randomBytes } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { openDataDirectory } from '../../adapters/embedded/data-directory.ts'
import type { DataDirectory } from '../../adapters/embedded/data-directory.ts'
import { startNatsServer } from '../../adapters/embedded/nats-server.ts'
import { startPostgresServer } from '../../adapters/embedded/postgres-server.ts'
import { createDatabase } from '../../adapters/postgres/connection/create-database.ts'
import { migrateUp } from '../../adapters/postgres/migrations/migrate.ts'
import type { Logger } from '../../kernel/logger.ts'
import { Releasers } from '../../kernel/releasers.ts'
import type { Settings } from '../config/settings.ts'

export interface LocalStackOptions {
  readonly dataDir: string
  readonly logger: Logger
  /** `throwaway` does not wait for the disk: for tests. */
  readonly durability?: 'durable' | 'throwaway'
  /** Told before each step, for a progress display. */
  readonly onStep?: (step: string) => void
}

/** Postgres and NATS of our own on a data directory that is ours, migrated, with a runtime login that owns nothing. */
export interface LocalStack {
  readonly directory: DataDirectory
  readonly databaseUrl: string
  readonly databaseOwnerUrl: string
  readonly natsUrl: string
  readonly masterKeyFile: string
  /** Resolves with the server's name when one ends without being told to. */
  readonly failed: Promise<string>
  /** The settings of a daemon or a command that works against this stack. */
  settings(base: Settings): Settings
  /** Writes `env` for other shells; `gateway` and `ops` are the daemon's URLs, `more` further variables. */
  writeEnv(gateway: string, ops: string, more?: Readonly<Record<string, string>>): Promise<string>
  stop(): Promise<void>
}

const database = 'neuronx'
const login = 'neuronx'

/**
 * Starts both servers on a data directory and brings the schema up to date. Nothing of it outlives this process. Throws what
 * they throw: NX-DATA-DIR-…, NX-POSTGRES-…, NX-NATS-….
 */
export async function startLocalStack(options: LocalStackOptions): Promise<LocalStack> {
  const { logger, durability = 'durable', onStep = () => {} } = options
  const opened = new Releasers()
  try {
    const directory = opened.own(await openDataDirectory(options.dataDir), async (held) => held.release())
    const dataDir = directory.path
    onStep('Postgres')
    const postgres = opened.own(await startPostgresServer({ dataDir, logger, durability }), async (server) =>
      server.stop(),
    )
    onStep('NATS')
    const nats = opened.own(await startNatsServer({ dataDir, logger }), async (server) => server.stop())
    onStep('Schema')
    await createDatabase(postgres.superuserUrl('postgres'), database)
    const databaseOwnerUrl = postgres.superuserUrl(database)
    const password = await keptPassword(join(dataDir, 'runtime.password'))
    await migrateUp({ ownerUrl: databaseOwnerUrl, runtimeLogin: { name: login, password } })
    const urls = {
      databaseUrl: `postgres://${login}:${password}@127.0.0.1:${postgres.port}/${database}`,
      databaseOwnerUrl,
      natsUrl: nats.url,
      masterKeyFile: await directory.masterKeyFile(),
    }
    return {
      ...urls,
      directory,
      failed: Promise.race([postgres.exited.then(() => 'Postgres'), nats.exited.then(() => 'nats-server')]),
      settings: (base) => ({ ...base, ...urls, dataDir, egressAllowPrivate: true }),
      writeEnv: async (gateway, ops, more) =>
        await directory.writeEnv({ ...environmentOf(urls, dataDir, gateway, ops), ...more }),
      stop: async () => opened[Symbol.asyncDispose](),
    }
  } catch (error) {
    await opened[Symbol.asyncDispose]()
    throw error
  }
}

type Urls = Pick<LocalStack, 'databaseUrl' | 'databaseOwnerUrl' | 'natsUrl' | 'masterKeyFile'>

function environmentOf(urls: Urls, dataDir: string, gateway: string, ops: string): Record<string, string> {
  return {
    NEURONX_DATABASE_URL: urls.databaseUrl,
    NEURONX_DATABASE_OWNER_URL: urls.databaseOwnerUrl,
    NEURONX_NATS_URL: urls.natsUrl,
    NEURONX_MASTER_KEY_FILE: urls.masterKeyFile,
    NEURONX_DATA_DIR: dataDir,
    NEURONX_HTTP_LISTEN: new URL(gateway).host,
    NEURONX_OPS_LISTEN: new URL(ops).host,
    NEURONX_EGRESS_ALLOW_PRIVATE: 'true',
  }
}

/** A password that is made once, readable by its owner alone. */
async function keptPassword(file: string): Promise<string> {
  const kept = await readFile(file, 'utf8').catch(() => '')
  if (kept.trim() !== '') return kept.trim()
  const made = randomBytes(24).toString('hex')
  await writeFile(file, `${made}\n`, { mode: 0o600, flush: true })
  return made
}
