import type { Clock } from '../../kernel/clock.ts'
import type { Logger } from '../../kernel/logger.ts'
import { Loop } from '../../kernel/loop.ts'
import type { FollowPorts } from './follow-source.ts'
import { followSource, troubled } from './follow-source.ts'
import type { ConfigSource, SourceOutcome, SourceStatus } from './source.ts'
import type { SourceReader } from './source-reader.ts'
import type { ClaimedSource, SourceStore } from './source-store.ts'

export interface SourceLoopOptions {
  readonly sources: readonly ConfigSource[]
  readonly store: SourceStore
  readonly ports: FollowPorts
  readerOf(source: ConfigSource): SourceReader
  /** Who holds the leases: unique among all processes. */
  readonly owner: string
  readonly clock: Clock
  readonly logger: Logger
  /** After a daemon died another goes on so long after its next look was due. Default 20 s. */
  readonly leaseMs?: number
  /** From one question whether anything is due to the next. Default 1 s. */
  readonly pollMs?: number
  /** After each look: how all sources stand. */
  onLooked?(sources: readonly SourceStatus[]): Promise<void>
  /** After something was applied: other daemons are told. */
  onApplied?(): void
}

/**
 * Follows the sources of the settings: one daemon each, one look at a time, the last good revision staying active whatever a source
 * holds. Does nothing without sources.
 */
export class SourceLoop extends Loop {
  readonly counters = { looks: 0, changes: 0, failures: 0, leases_lost: 0 }
  readonly #options: SourceLoopOptions
  readonly #readers: ReadonlyMap<string, SourceReader>
  #stopping = new AbortController()
  #announced = false

  constructor(options: SourceLoopOptions) {
    super({
      name: 'config-sources',
      idleMs: options.sources.length === 0 ? 60_000 : (options.pollMs ?? 1_000),
      clock: options.clock,
      logger: options.logger,
      runOnce: async () => (options.sources.length === 0 ? 0 : await this.round()),
    })
    this.#options = options
    this.#readers = new Map(options.sources.map((source) => [source.name, options.readerOf(source)]))
  }

  override async start(): Promise<void> {
    this.#stopping = new AbortController()
    this.#announced = false
    await super.start()
  }

  /** Breaks a look off where that harms nothing, and lets other daemons go on. */
  override async stop(): Promise<void> {
    this.#stopping.abort()
    await super.stop()
    const { store, owner, sources, logger } = this.#options
    if (sources.length > 0)
      await store
        .release(owner)
        .catch((error: unknown) => logger.debug({ error: String(error) }, 'Leases run out'))
  }

  /** One look at one source that is due. Returns how many there were: 0 or 1. */
  async round(): Promise<number> {
    const { store, sources, owner, leaseMs = 20_000 } = this.#options
    if (!this.#announced) await store.announce(sources)
    this.#announced = true
    const claimed = await store.claim(sources, owner, leaseMs)
    const source = sources.find(({ name }) => name === claimed?.status.name)
    if (claimed === null || source === undefined || this.#stopping.signal.aborted) return 0
    const keeping = this.#keepLease(claimed, leaseMs)
    try {
      await this.#look(source, claimed, leaseMs)
    } catch (error) {
      if (this.#stopping.signal.aborted) return 0
      this.counters.failures += 1
      // Other sources must not wait for one that meets trouble again and again.
      await store.record(claimed, troubled(claimed.status, error), source.intervalMs, leaseMs).catch(() => {})
      throw error
    } finally {
      clearInterval(keeping)
    }
    return 1
  }

  async #look(source: ConfigSource, claimed: ClaimedSource, leaseMs: number): Promise<void> {
    const { store, ports, onApplied, onLooked } = this.#options
    const reader = this.#readers.get(source.name)
    if (reader === undefined) return
    const { signal } = this.#stopping
    const { outcome, dueInMs } = await followSource(ports, source, reader, claimed, signal)
    this.counters.looks += 1
    const { applied } = outcome.memory
    const isNew = applied !== null && applied.at !== claimed.status.memory.applied?.at
    if (isNew) {
      this.counters.changes += 1
      onApplied?.()
    }
    if (!(await store.record(claimed, outcome, dueInMs, leaseMs))) this.counters.leases_lost += 1
    this.#tell(claimed.status, outcome)
    await onLooked?.(await store.list())
  }

  #tell(before: SourceStatus, { state, code, message }: SourceOutcome): void {
    const { logger } = this.#options
    if (before.state === state && before.message === message) return
    const facts = { source: before.name, state, ...(code === null ? {} : { code }) }
    if (state === 'broken' || state === 'unreachable' || state === 'quarantined' || state === 'drifted')
      logger.warn(facts, `A configuration source: ${message}`)
    else logger.info(facts, `A configuration source: ${message}`)
  }

  #keepLease(claimed: ClaimedSource, leaseMs: number): NodeJS.Timeout {
    const { store, logger } = this.#options
    const renew = (): void => {
      store.renew(claimed, leaseMs).catch((error: unknown) => {
        logger.debug({ source: claimed.status.name, error: String(error) }, 'A lease was not renewed')
      })
    }
    return setInterval(renew, leaseMs / 4).unref()
  }
}
