import { execFile } from 'node:child_process'
import { open, readdir, rm, truncate } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { connect } from 'nats'
import type { NatsConnection } from 'nats'
import { startNatsServer } from '../../../src/adapters/embedded/nats-server.ts'
import type { NatsServer } from '../../../src/adapters/embedded/nats-server.ts'
import { parseNatsUrl } from '../../../src/adapters/nats/nats-url.ts'
import { silentLogger } from '../../../src/kernel/logger.ts'
import type { SeededRandom } from '../../support/seeded-random.ts'

export type Damage = 'tail_cut' | 'bit_flip' | 'zeroed_block'

/** A nats-server of the suite's own, which it may restart, freeze, wipe and damage. */
export class OwnNats {
  readonly #dataDir: string
  #server: NatsServer
  /** Ended on purpose, and not started again yet. */
  #stopped = false
  #starting: Promise<void> | null = null
  #deaths = 0
  /** Called after a start: the port is another one. */
  onStart = (): void => {}

  private constructor(dataDir: string, server: NatsServer) {
    this.#dataDir = dataDir
    this.#server = server
    this.#supervise(server)
  }

  static async start(dataDir: string): Promise<OwnNats> {
    return new OwnNats(dataDir, await startNatsServer({ dataDir, logger: silentLogger }))
  }

  get port(): number {
    return this.#server.port
  }

  get pid(): number {
    return this.#server.pid
  }

  /** The address through another port. */
  urlAt(port: number): string {
    const url = new URL(this.#server.url)
    url.port = String(port)
    return url.href.replace(/\/$/, '')
  }

  /** How often it ended without being told to. */
  get deaths(): number {
    return this.#deaths
  }

  async stop(): Promise<void> {
    this.#stopped = true
    await this.#starting?.catch(() => {})
    await this.#server.stop()
  }

  async kill(): Promise<void> {
    this.#stopped = true
    await this.#starting?.catch(() => {})
    try {
      process.kill(this.#server.pid, 'SIGKILL')
    } catch {
      // It had died of what was done to it before.
    }
    await this.#server.exited
  }

  async startAgain(): Promise<void> {
    this.#stopped = false
    this.#starting ??= this.#start().finally(() => (this.#starting = null))
    await this.#starting
  }

  async #start(): Promise<void> {
    await this.#server.exited
    this.#server = await startNatsServer({ dataDir: this.#dataDir, logger: silentLogger })
    this.#supervise(this.#server)
    this.onStart()
  }

  /** As systemd does: damage to its files can make the server panic long after its start. */
  #supervise(server: NatsServer): void {
    void server.exited.then(async () => {
      if (this.#stopped || server !== this.#server) return
      this.#deaths++
      await this.startAgain().catch(() => {})
    })
  }

  /** While it is stopped: every stream and consumer is gone. */
  async wipe(): Promise<void> {
    await rm(join(this.#dataDir, 'nats', 'jetstream'), { recursive: true, force: true })
  }

  /** While it is stopped: harms the block files of the streams. Returns what was harmed. */
  async damage(kind: Damage, random: SeededRandom): Promise<readonly string[]> {
    const blocks = (await files(join(this.#dataDir, 'nats', 'jetstream'))).filter((file) =>
      file.endsWith('.blk'),
    )
    const harmed: string[] = []
    for (const file of blocks) {
      await using handle = await open(file, 'r+')
      const { size } = await handle.stat()
      if (size < 256) continue
      harmed.push(file)
      if (kind === 'tail_cut') await truncate(file, Math.floor(size * 0.7))
      else if (kind === 'zeroed_block') await handle.write(Buffer.alloc(size), 0, size, 0)
      else {
        const at = random.whole(Math.floor(size / 3), size - 1)
        const byte = Buffer.alloc(1)
        await handle.read(byte, 0, 1, at)
        byte[0] = (byte[0] ?? 0) ^ 0x10
        await handle.write(byte, 0, 1, at)
      }
    }
    return harmed
  }

  /** A connection of the caller's own, straight and not through a wire. */
  async connect(): Promise<NatsConnection> {
    const { servers, tls: _tls, ...credentials } = parseNatsUrl(this.#server.url)
    return await connect({ servers: [...servers], ...credentials, timeout: 5_000, reconnect: false })
  }

  /** The largest file that the server may write from now on, bytes; null: no limit. Only Linux has this. */
  async limitFileSize(bytes: number | null): Promise<void> {
    const limit = bytes === null ? 'unlimited' : String(bytes)
    // The soft limit only: the hard one could not be raised again by an ordinary user.
    await promisify(execFile)('prlimit', ['--pid', String(this.pid), `--fsize=${limit}:unlimited`])
  }
}

async function files(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => [])
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
}
