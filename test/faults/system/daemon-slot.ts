import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { createWriteStream } from 'node:fs'
import { join } from 'node:path'
import { TcpProxy } from '../../support/tcp-proxy.ts'

const entry = join(import.meta.dirname, '..', 'daemon-entry.ts')

/** Ends the process when our end of its stdin closes, even when it is stopped and can hear nothing. */
const guardScript = 'IFS= read -r word; [ "$word" = gone ] || kill -9 "$1"'

/** What a daemon says once it serves. */
export interface Serving {
  readonly id: string
  readonly url: string
  readonly opsUrl: string
}

export interface SlotOptions {
  readonly name: string
  readonly folder: string
  readonly postgresPort: number
  readonly natsPort: number
  readonly environment: (postgresPort: number, natsPort: number) => Readonly<Record<string, string>>
}

/**
 * The place of one daemon: its wires to Postgres and to the bus stay when the process in it is killed and another is started.
 * `serving` is null while there is none.
 */
export class DaemonSlot {
  readonly name: string
  readonly postgres: TcpProxy
  readonly nats: TcpProxy
  serving: Serving | null = null
  starts = 0
  readonly #options: SlotOptions
  #child: ChildProcess | null = null
  #gone: Promise<number | null> = Promise.resolve(null)

  private constructor(options: SlotOptions, postgres: TcpProxy, nats: TcpProxy) {
    this.name = options.name
    this.postgres = postgres
    this.nats = nats
    this.#options = options
  }

  static async open(options: SlotOptions): Promise<DaemonSlot> {
    const postgres = await TcpProxy.open(options.postgresPort)
    return new DaemonSlot(options, postgres, await TcpProxy.open(options.natsPort))
  }

  /** Resolves when the process is gone, with its exit code (null: by a signal). */
  get gone(): Promise<number | null> {
    return this.#gone
  }

  get running(): boolean {
    return this.#child !== null
  }

  /** Starts a process and waits until it serves; false when it ended or was not ready in `readyMs`. */
  async start(crashAt: string | null = null, readyMs = 30_000): Promise<boolean> {
    if (this.#child !== null) throw new Error(`${this.name} runs already`)
    this.starts += 1
    const log = createWriteStream(join(this.#options.folder, `${this.name}.log`), { flags: 'a' })
    const child = spawn(process.execPath, ['--no-warnings', '--max-semi-space-size=16', entry], {
      cwd: this.#options.folder,
      env: {
        PATH: process.env['PATH'] ?? '',
        HOME: this.#options.folder,
        ...this.#options.environment(this.postgres.port, this.nats.port),
        ...(crashAt === null ? {} : { NX_CRASH_AT: crashAt }),
      },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    })
    const guard = spawn('/bin/sh', ['-c', guardScript, 'neuronx-guard', String(child.pid)], {
      stdio: ['pipe', 'ignore', 'ignore'],
      detached: true,
    })
    guard.stdin?.on('error', () => {})
    child.stdout?.pipe(log, { end: false })
    child.stderr?.pipe(log, { end: false })
    this.#child = child
    this.#gone = new Promise((resolve) =>
      child.once('exit', (code) => {
        guard.stdin?.end('gone\n')
        log.end(`-- ended (${code ?? 'by a signal'})\n`)
        if (this.#child === child) {
          this.#child = null
          this.serving = null
        }
        resolve(code)
      }),
    )
    return await this.#untilServing(child, readyMs)
  }

  async #untilServing(child: ChildProcess, readyMs: number): Promise<boolean> {
    return await new Promise((resolve) => {
      const timer = setTimeout(() => resolve(false), readyMs)
      const settle = (answer: boolean): void => {
        clearTimeout(timer)
        resolve(answer)
      }
      child.on('message', (message: { readonly serves?: Serving }) => {
        if (message.serves === undefined || this.#child !== child) return
        this.serving = message.serves
        settle(true)
      })
      child.once('exit', () => settle(false))
    })
  }

  /** SIGKILL; resolves when it is gone. */
  async kill(): Promise<void> {
    this.#child?.kill('SIGKILL')
    await this.#gone
  }

  /** SIGSTOP or SIGCONT. */
  signal(name: 'SIGSTOP' | 'SIGCONT' | 'SIGTERM'): void {
    this.#child?.kill(name)
  }

  /** Sets its wall clock this far beside the real one. */
  shiftClock(shiftMs: number): void {
    this.#child?.send({ shiftMs })
  }

  /** Kills what runs and closes the wires. */
  async close(): Promise<void> {
    await this.kill()
    await this.postgres.close()
    await this.nats.close()
  }
}
