import { randomBytes } from 'node:crypto'
import { access, mkdir, readFile, realpath, rename, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { systemClock } from '../../kernel/clock.ts'
import type { Clock } from '../../kernel/clock.ts'
import { NxError } from '../../kernel/errors.ts'
import type { Logger } from '../../kernel/logger.ts'
import { startEmbeddedServer } from './embedded-server.ts'
import type { ServerStart } from './embedded-server.ts'
import type { GuardedExit } from './guarded-process.ts'
import { locateNatsServer } from './locate-nats-server.ts'
import { acquireProcessLock } from './process-lock.ts'
import { stopOrphan } from './stop-orphan.ts'

export interface NatsServerOptions {
  /** Holds `nats/` (the streams), `nats.conf` (0600), `nats.log` and `nats.lock`; made if missing (0700). */
  readonly dataDir: string
  readonly logger: Logger
  /** 0 (default) picks a free port of 127.0.0.1. */
  readonly port?: number
  /** The binary; default: PATH, then the cache folder of the checkout. */
  readonly command?: string
  /** The largest message, bytes. Default 1 MiB: twice the largest event. */
  readonly payloadBytesMax?: number
  /** What the streams may take on disk, bytes. Default 8 GiB. */
  readonly storeBytesMax?: number
  /** Default 30 s. */
  readonly startMs?: number
  /** Default 5 s. */
  readonly stopMs?: number
  readonly clock?: Clock
}

export interface NatsServer {
  readonly port: number
  /** The process id of the server itself. */
  readonly pid: number
  /** `nats://neuronx:…@127.0.0.1:port`. The password is random and stays in the data directory. */
  readonly url: string
  /** Resolves when the server is gone, wanted or not. */
  readonly exited: Promise<GuardedExit>
  stop(): Promise<void>
}

/**
 * Starts a nats-server of our own with JetStream on `dataDir`, on 127.0.0.1 only, and waits until it serves. It cannot
 * outlive this process. Throws NX-DATA-DIR-IN-USE, NX-NATS-MISSING and NX-NATS-START.
 */
export async function startNatsServer(options: NatsServerOptions): Promise<NatsServer> {
  const { dataDir, logger, clock = systemClock, stopMs = 5_000, startMs = 30_000 } = options
  const found = await locateNatsServer(options.command)
  await mkdir(dataDir, { recursive: true, mode: 0o700 })
  const home = join(await realpath(dataDir), 'nats')
  const lock = await acquireProcessLock(`${home}.lock`)
  try {
    const pidFile = `${home}.pid`
    const configFile = `${home}.conf`
    await clearOrphan(pidFile, configFile, logger, clock)
    const password = (await keptPassword(configFile)) ?? randomBytes(24).toString('hex')
    const serverName = `neuronx-${randomBytes(8).toString('hex')}`
    const start: ServerStart = {
      name: 'nats-server',
      code: 'NX-NATS-START',
      port: options.port ?? 0,
      startMs,
      clock,
      ready: (port) => greets(port, serverName),
      options: async (port) => {
        const config = configuration({ ...options, port, serverName, password, pidFile, storeDir: home })
        await writeFile(configFile, config, { mode: 0o600 })
        return {
          command: found.command,
          args: ['-c', configFile],
          cwd: await realpath(dataDir),
          user: null,
          logFile: `${home}.log`,
          cleanSignal: 'TERM',
          crashSignal: 'TERM',
          stopMs,
        }
      },
    }
    const started = await startEmbeddedServer(start).catch(async (error: unknown) => {
      if (!(await setDamagedStoreAside(home, error, logger))) throw error
      return await startEmbeddedServer(start)
    })
    void started.process.exited.then(async () => lock.release())
    const { port } = started
    const pid = (await readPid(pidFile)) ?? 0
    logger.debug({ port, pid, version: found.version }, 'nats-server serves')
    return {
      port,
      pid,
      url: `nats://neuronx:${password}@127.0.0.1:${port}`,
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

interface ConfigurationParts extends NatsServerOptions {
  readonly port: number
  readonly serverName: string
  readonly password: string
  readonly pidFile: string
  readonly storeDir: string
}

/**
 * Everything in a file of mode 0600, so that the password is in no process list. How often the streams are synced to disk
 * stays the server's default: Postgres is the source of truth, the bus may lose everything.
 */
function configuration(parts: ConfigurationParts): string {
  const { payloadBytesMax = 1024 * 1024, storeBytesMax = 8 * 1024 ** 3 } = parts
  return [
    `server_name: ${parts.serverName}`,
    'host: "127.0.0.1"',
    `port: ${parts.port}`,
    `pid_file: ${JSON.stringify(parts.pidFile)}`,
    `max_payload: ${payloadBytesMax}`,
    `authorization { user: neuronx, password: "${parts.password}" }`,
    `jetstream { store_dir: ${JSON.stringify(parts.storeDir)}, max_file_store: ${storeBytesMax}, max_memory_store: 0 }`,
    '',
  ].join('\n')
}

/** A stack trace of a Go program. */
const goTrace = /\.go:\d+ \+0x/

/**
 * A block file with a damaged byte can make nats-server (seen with 2.9.10) panic each time it reads its streams back. Postgres
 * publishes again what was not processed, so an empty store loses nothing of ours; the damaged one is kept, in place of an
 * earlier one. False: this was not why the start failed, and nothing was moved.
 */
async function setDamagedStoreAside(home: string, error: unknown, logger: Logger): Promise<boolean> {
  if (!(error instanceof NxError) || !goTrace.test(error.detail ?? '')) return false
  const store = join(home, 'jetstream')
  const aside = join(home, 'jetstream.damaged')
  const exists = await access(store).then(
    () => true,
    () => false,
  )
  if (!exists) return false
  await rm(aside, { recursive: true, force: true })
  await rename(store, aside)
  logger.warn(
    { kept: aside },
    'nats-server could not read its streams back: it starts with an empty store, and events are published again',
  )
  return true
}

/** The password of the run before, so that an address written down stays good. */
async function keptPassword(configFile: string): Promise<string | null> {
  const text = await readFile(configFile, 'utf8').catch(() => '')
  return /password: "([0-9a-f]{48})"/.exec(text)?.[1] ?? null
}

/** Every server greets with one INFO line: is it the one we named, with JetStream on? */
function greets(port: number, serverName: string): Promise<boolean> {
  return new Promise((resolve) => {
    let greeting = ''
    const socket = connect({ host: '127.0.0.1', port })
    const settle = (answer: boolean): void => {
      socket.destroy()
      resolve(answer)
    }
    socket.setTimeout(1_000, () => settle(false))
    socket.on('error', () => settle(false))
    socket.on('close', () => settle(false))
    socket.on('data', (chunk) => {
      greeting += chunk.toString('latin1')
      if (greeting.length > 16_384) settle(false)
      if (!greeting.includes('\r\n')) return
      settle(greeting.includes(`"server_name":"${serverName}"`) && greeting.includes('"jetstream":true'))
    })
  })
}

async function readPid(pidFile: string): Promise<number | null> {
  const pid = Number((await readFile(pidFile, 'utf8').catch(() => '')).trim())
  return Number.isSafeInteger(pid) && pid > 0 ? pid : null
}

/** Two servers on one store would destroy it. */
async function clearOrphan(pidFile: string, configFile: string, logger: Logger, clock: Clock): Promise<void> {
  const stopped = await stopOrphan({
    pid: await readPid(pidFile),
    isOurs: ({ command }) => command.endsWith(configFile),
    signals: ['SIGTERM', 'SIGKILL'],
    perSignalMs: 5_000,
    clock,
  })
  if (stopped !== null)
    logger.warn({ pid: stopped }, 'Stopped a nats-server that an earlier run had left behind')
  await rm(pidFile, { force: true })
}
