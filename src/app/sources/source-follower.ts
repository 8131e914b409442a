import { Worker } from 'node:worker_threads'
import type { Clock } from '../../kernel/clock.ts'
import { errorText } from '../../kernel/errors.ts'
import type { Logger } from '../../kernel/logger.ts'
import type { Service } from '../../kernel/service.ts'
import type { SourceWorkerData, SourceWorkerMessage } from './source-worker.ts'

export interface SourceFollowerOptions extends SourceWorkerData {
  /** The worker's main module. */
  readonly program: string
  readonly clock: Clock
  readonly logger: Logger
  /** Something was applied, or its rollout has begun. */
  onApplied(): void
  /** First wait before a thread that ended is started again, doubled up to 30 s. Default 1 s. */
  readonly restartMs?: number
}

const restartMsMax = 30_000
/** How long a look may take to be broken off at a stop; a plan of a large repository does not look at its watch. */
const stopMs = 4_000

/**
 * Follows configuration sources in a thread of its own: checking and planning a repository of ten thousand documents takes seconds
 * and hundreds of megabytes, in which the daemon's events must not wait. A thread that ends is started again.
 */
export class SourceFollower implements Service {
  readonly name = 'config-sources'
  lastSuccessMs: number | null = null
  readonly counters: Record<string, number> = {
    looks: 0,
    changes: 0,
    failures: 0,
    leases_lost: 0,
    restarts: 0,
  }
  readonly #options: SourceFollowerOptions
  #worker: Worker | null = null
  #restarting: NodeJS.Timeout | null = null
  #pauseMs: number
  #stopping = false
  /** Of threads that have ended. */
  #before: Readonly<Record<string, number>> = {}
  #rounds = 0

  constructor(options: SourceFollowerOptions) {
    this.#options = options
    this.#pauseMs = options.restartMs ?? 1_000
  }

  async start(): Promise<void> {
    this.#stopping = false
    if (this.#worker === null) this.#begin()
    await Promise.resolve()
  }

  /** Breaks a look off where that harms nothing; a thread that does not hear of it is ended: its lease runs out. */
  async stop(): Promise<void> {
    this.#stopping = true
    if (this.#restarting !== null) clearTimeout(this.#restarting)
    this.#restarting = null
    const worker = this.#worker
    if (worker === null) return
    const ended = new Promise<void>((resolve) => worker.once('exit', () => resolve()))
    worker.postMessage('stop')
    const deadline = setTimeout(() => void worker.terminate(), stopMs)
    await ended
    clearTimeout(deadline)
  }

  #begin(): void {
    const { program, databaseUrl, migrationsFolder, sources, dataDir, daemonId, logger } = this.#options
    const data: SourceWorkerData = { databaseUrl, migrationsFolder, sources, dataDir, daemonId }
    this.#rounds = 0
    const worker = new Worker(program, { workerData: data, name: this.name })
    this.#worker = worker
    worker.on('message', (message: SourceWorkerMessage) => this.#heard(message))
    worker.on('error', (error) => {
      logger.warn({ error: errorText(error) }, 'The thread that follows configuration sources ended')
    })
    worker.once('exit', () => this.#ended())
  }

  #heard(message: SourceWorkerMessage): void {
    const { logger, clock, onApplied } = this.#options
    if (message.kind === 'log') logger[message.level](message.fields, message.message)
    else if (message.kind === 'applied') onApplied()
    else {
      for (const [name, count] of Object.entries(message.counters))
        this.counters[name] = (this.#before[name] ?? 0) + count
      if (message.rounds > this.#rounds) {
        this.lastSuccessMs = clock.monotonicMs()
        this.#pauseMs = this.#options.restartMs ?? 1_000
      }
      this.#rounds = message.rounds
    }
  }

  #ended(): void {
    this.#worker = null
    this.#before = { ...this.counters }
    if (this.#stopping) return
    this.counters['restarts'] = (this.counters['restarts'] ?? 0) + 1
    this.#restarting = setTimeout(() => {
      this.#restarting = null
      this.#begin()
    }, this.#pauseMs)
    this.#pauseMs = Math.min(this.#pauseMs * 2, restartMsMax)
  }
}
