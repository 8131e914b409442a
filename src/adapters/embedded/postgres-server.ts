import { randomBytes } from 'node:crypto'
import { mkdir, readFile, realpath, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { systemClock } from '../../kernel/clock.ts'
import type { Clock } from '../../kernel/clock.ts'
import type { Logger } from '../../kernel/logger.ts'
import { startEmbeddedServer } from './embedded-server.ts'
import type { GuardedExit } from './guarded-process.ts'
import { postgresBinaries } from './postgres-binaries.ts'
import { clusterName, ensureCluster } from './postgres-cluster.ts'
import { postgresUser } from './postgres-user.ts'
import type { SystemUser } from './postgres-user.ts'
import { acquireProcessLock } from './process-lock.ts'
import { stopOrphan } from './stop-orphan.ts'

export interface PostgresServerOptions {
  /** Holds `postgres/`, `postgres.password` (0600), `postgres.log` and `postgres.lock`; made if missing (0700). */
  readonly dataDir: string
  readonly logger: Logger
  /** 0 (default) picks a free port of 127.0.0.1. */
  readonly port?: number
  /** `throwaway` does not wait for the disk: for tests. Default `durable`. */
  readonly durability?: 'durable' | 'throwaway'
  /** Further server settings, over ours: `{ shared_buffers: '256MB' }`. */
  readonly settings?: Readonly<Record<string, string>>
  /** Default 60 s: recovery after a crash included. */
  readonly startMs?: number
  /** How long an orderly stop may take before open work is cut off; the log recovers it. Default 10 s. */
  readonly stopMs?: number
  readonly clock?: Clock
}

export interface PostgresServer {
  readonly port: number
  /** The process id of the server itself. */
  readonly pid: number
  /** `postgres://postgres:…@127.0.0.1:port/<database>`. The password is random and stays in the data directory. */
  superuserUrl(database: string): string
  /** Resolves when the server is gone, wanted or not. */
  readonly exited: Promise<GuardedExit>
  stop(): Promise<void>
}

const commonSettings: Readonly<Record<string, string>> = {
  listen_addresses: '127.0.0.1',
  // The path of a socket is limited to about 100 bytes, a data directory's is not.
  unix_socket_directories: '',
  max_connections: '200',
  max_wal_senders: '0',
  wal_level: 'minimal',
  timezone: 'UTC',
  log_timezone: 'UTC',
  log_checkpoints: 'off',
  jit: 'off',
}

const throwawaySettings: Readonly<Record<string, string>> = {
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
}

/**
 * Starts a Postgres of our own on `dataDir`, on 127.0.0.1 only, and waits until it accepts connections. The first start
 * makes the cluster; later ones keep its data. It cannot outlive this process. Throws NX-DATA-DIR-IN-USE and NX-POSTGRES-…
 */
export async function startPostgresServer(options: PostgresServerOptions): Promise<PostgresServer> {
  const {
    dataDir,
    logger,
    clock = systemClock,
    durability = 'durable',
    stopMs = 10_000,
    startMs = 60_000,
  } = options
  await mkdir(dataDir, { recursive: true, mode: 0o700 })
  const home = join(await realpath(dataDir), 'postgres')
  const lock = await acquireProcessLock(`${home}.lock`)
  try {
    const user = await postgresUser(join(home, 'cluster'))
    const binaries = await postgresBinaries(user !== null)
    const password = await keptPassword(`${home}.password`)
    const cluster = await ensureCluster(home, binaries, user, password, durability === 'durable')
    await clearOrphan(cluster, logger, clock)
    const settings = {
      ...commonSettings,
      ...(durability === 'throwaway' ? throwawaySettings : {}),
      ...options.settings,
    }
    const started = await startEmbeddedServer({
      name: 'Postgres',
      code: 'NX-POSTGRES-START',
      port: options.port ?? 0,
      startMs,
      clock,
      ready: async (port) => (await readPidFile(cluster))?.readyOn === port,
      options: async (port) => ({
        command: binaries.postgres,
        args: await serverArguments(cluster, user, port, settings),
        cwd: cluster,
        user,
        logFile: `${home}.log`,
        cleanSignal: 'INT',
        crashSignal: 'QUIT',
        stopMs,
      }),
    })
    void started.process.exited.then(async () => lock.release())
    const { port } = started
    const pid = (await readPidFile(cluster))?.pid ?? 0
    logger.debug({ port, pid }, 'Postgres accepts connections')
    return {
      port,
      pid,
      superuserUrl: (database) =>
        `postgres://postgres:${password}@127.0.0.1:${port}/${encodeURIComponent(database)}`,
      exited: started.process.exited,
      stop: async () => {
        await started.process.stop()
        await lock.release()
      },
    }
  } catch (error) {
    await lock.release()
    throw error
  }
}

async function serverArguments(
  cluster: string,
  user: SystemUser | null,
  port: number,
  settings: Readonly<Record<string, string>>,
): Promise<string[]> {
  const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  return ['-D', await clusterName(cluster, user), '-p', String(port), ...flags]
}

/** The superuser's password: made once, hexadecimal, readable by us alone. */
async function keptPassword(file: string): Promise<string> {
  const kept = await readFile(file, 'utf8').catch(() => null)
  if (kept !== null && kept.trim() !== '') return kept.trim()
  const password = randomBytes(24).toString('hex')
  await writeFile(file, `${password}\n`, { mode: 0o600, flush: true })
  return password
}

/** postmaster.pid: line 1 the process, line 4 the port, line 8 `ready` once connections are accepted. */
async function readPidFile(cluster: string): Promise<{ pid: number; readyOn: number | null } | null> {
  const text = await readFile(join(cluster, 'postmaster.pid'), 'utf8').catch(() => null)
  if (text === null) return null
  const lines = text.split('\n')
  return { pid: Number(lines[0]), readyOn: lines[7]?.trim() === 'ready' ? Number(lines[3]) : null }
}

async function clearOrphan(cluster: string, logger: Logger, clock: Clock): Promise<void> {
  const pid = (await readPidFile(cluster))?.pid ?? null
  const stopped = await stopOrphan({
    pid,
    isOurs: ({ command, cwd }) => /postgres/.test(command) && (cwd === null || cwd === cluster),
    signals: ['SIGINT', 'SIGQUIT', 'SIGKILL'],
    perSignalMs: 5_000,
    clock,
  })
  if (stopped !== null)
    logger.warn({ pid: stopped }, 'Stopped a Postgres that an earlier run had left behind')
  // A number that now belongs to another process would keep Postgres from starting.
  await rm(join(cluster, 'postmaster.pid'), { force: true })
}
