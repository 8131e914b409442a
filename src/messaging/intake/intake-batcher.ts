import { systemClock } from '../../kernel/clock.ts'
import type { Clock } from '../../kernel/clock.ts'
import { NxError } from '../../kernel/errors.ts'
import type { EventIntakeStore, IntakeRequest, IntakeResult } from './event-intake.ts'
import { intakeEventsMax } from './event-intake.ts'
import { IntakeQueue } from './intake-queue.ts'
import { RetryLater } from './retry-later.ts'
import { defaultTenantLimits } from './tenant-limits.ts'
import type { TenantLimits } from './tenant-limits.ts'

export interface IntakeBatcherOptions {
  readonly store: EventIntakeStore
  /** Called after every commit, so that the relay need not wait for its next poll. */
  readonly onCommit: () => void
  /** Whose turn it is, and who may wait. Default: all tenants alike. */
  readonly limits?: Pick<TenantLimits, 'intake'>
  /** Transactions under way at once. Two: one commits while the next fills. */
  readonly writersMax?: number
  /** Events that may wait for their turn; above it requests are refused with NX-INTAKE-BUSY. */
  readonly waitingEventsMax?: number
  /** How long a request waits for its transaction to begin, and then for it to end, milliseconds each. */
  readonly waitMsMax?: number
  readonly commitMsMax?: number
  readonly clock?: Clock
}

interface Waiting {
  readonly tenantId: string
  readonly request: IntakeRequest
  readonly size: number
  readonly sinceMs: number
  readonly resolve: (result: IntakeResult) => void
  readonly reject: (error: unknown) => void
}

/** After the database did not answer, how long requests are told so at once before one tries again. */
const downMs = 500
const sweepMs = 250

/**
 * Group commit: requests that arrive while a transaction is under way share the next one. Under load a commit carries
 * hundreds of events; a lone request waits for nobody. Tenants take turns, and none may fill the room. While the database is
 * away requests are refused at once, but for one now and then that finds out whether it is back.
 */
export class IntakeBatcher {
  readonly counters = {
    requests: 0,
    events: 0,
    duplicates: 0,
    replays: 0,
    conflicts: 0,
    deadLetters: 0,
    commits: 0,
    refused: 0,
    late: 0,
    failures: 0,
  }
  readonly #options: IntakeBatcherOptions
  readonly #clock: Clock
  readonly #queue: IntakeQueue<Waiting>
  readonly #running = new Set<{ readonly batch: readonly Waiting[]; readonly sinceMs: number }>()
  #down: { readonly error: NxError; readonly untilMs: number } | null = null
  #isSweeping = false
  #idle: Array<() => void> = []
  #perSecond = 1_000

  constructor(options: IntakeBatcherOptions) {
    this.#options = options
    this.#clock = options.clock ?? systemClock
    this.#queue = new IntakeQueue(options.waitingEventsMax ?? 20_000, options.limits ?? defaultTenantLimits)
  }

  /** Events that wait for a transaction. */
  get waiting(): number {
    return this.#queue.events
  }

  /**
   * Accepts one request, whole or not at all. Resolves after its commit.
   * Throws NX-INTAKE-TOO-LARGE (invalid) for more than `intakeEventsMax` events; NX-INTAKE-BUSY (RetryLater) when too much
   * waits already, of all or of this tenant; NX-INTAKE-LATE (RetryLater) when its turn did not come in time; NX-INTAKE-UNKNOWN
   * (RetryLater) when the commit took too long: it may have been stored, a repeat is recognised; and what the store throws.
   */
  async accept(request: IntakeRequest): Promise<IntakeResult> {
    const size = Math.max(1, request.events.length + request.deadLetters.length)
    if (size > intakeEventsMax) throw tooLarge(size)
    const nowMs = this.#clock.monotonicMs()
    if (this.#down !== null && (nowMs < this.#down.untilMs || this.#running.size > 0)) {
      this.counters.refused += 1
      throw this.#down.error
    }
    return await new Promise<IntakeResult>((resolve, reject) => {
      const { tenantId } = request
      if (!this.#queue.push({ tenantId, request, size, sinceMs: nowMs, resolve, reject })) {
        this.counters.refused += 1
        return reject(this.#busy())
      }
      this.#sweepLater()
      this.#fill()
    })
  }

  /** Resolves when nothing waits and nothing is being written. */
  async drained(): Promise<void> {
    if (this.#running.size === 0 && this.#queue.isEmpty) return
    await new Promise<void>((resolve) => this.#idle.push(resolve))
  }

  #fill(): void {
    while (this.#running.size < (this.#options.writersMax ?? 2) && !this.#queue.isEmpty) {
      const run = { batch: this.#queue.take(intakeEventsMax), sinceMs: this.#clock.monotonicMs() }
      this.#running.add(run)
      void this.#write(run.batch).finally(() => {
        this.#running.delete(run)
        this.#fill()
        if (this.#running.size === 0) for (const resolve of this.#idle.splice(0)) resolve()
      })
    }
  }

  /** A batch that cannot be stored for a reason of its own is halved, so that only the requests to blame fail. */
  async #write(batch: readonly Waiting[]): Promise<void> {
    const startedMs = this.#clock.monotonicMs()
    try {
      const results = await this.#options.store.acceptAll(batch.map(({ request }) => request))
      this.#down = null
      this.#measure(batch, startedMs)
      this.counters.commits += 1
      for (const [index, waiting] of batch.entries()) {
        const result = results[index]
        if (result === undefined)
          throw new NxError('bug', 'NX-INTAKE-RESULTS', 'The store answered fewer requests than it was given')
        this.#count(waiting.request, result)
        waiting.resolve(result)
      }
      this.#options.onCommit()
    } catch (error) {
      this.counters.failures += 1
      const isTheirs = error instanceof NxError && !error.retryable && error.code === 'NX-DB-STATEMENT'
      if (isTheirs && batch.length > 1) {
        const half = batch.length >> 1
        await this.#write(batch.slice(0, half))
        return await this.#write(batch.slice(half))
      }
      for (const { reject } of batch) reject(error)
      if (error instanceof NxError && error.kind === 'unreachable') this.#refuseWaiting(error)
    }
  }

  /** The database is away: nobody waits for what will not come. */
  #refuseWaiting(error: NxError): void {
    this.#down = { error, untilMs: this.#clock.monotonicMs() + downMs }
    for (const { reject } of this.#queue.takeOlder()) reject(error)
  }

  #sweepLater(): void {
    if (this.#isSweeping) return
    this.#isSweeping = true
    setTimeout(() => {
      this.#isSweeping = false
      this.#sweep()
      if (this.#running.size > 0 || !this.#queue.isEmpty) this.#sweepLater()
    }, sweepMs)
  }

  /** Answers those who waited long enough. A transaction that is under way goes on; its answer comes too late then. */
  #sweep(): void {
    const { waitMsMax = 5_000, commitMsMax = 10_000 } = this.#options
    const nowMs = this.#clock.monotonicMs()
    for (const { reject } of this.#queue.takeOlder(nowMs - waitMsMax)) {
      this.counters.late += 1
      reject(
        new RetryLater('NX-INTAKE-LATE', 'The database is too slow to take this now', 1_000, {
          fix: 'Send it again after the time in Retry-After. Nothing of it was stored.',
        }),
      )
    }
    for (const { batch, sinceMs } of this.#running) {
      if (sinceMs > nowMs - commitMsMax) continue
      for (const { reject } of batch) reject(unknownOutcome())
    }
  }

  /** How long the room takes to empty at the pace of the last commits: a second at least, half a minute at most. */
  #busy(): RetryLater {
    const waitMs = Math.min(30_000, Math.max(1_000, (this.#queue.events / this.#perSecond) * 1_000))
    return new RetryLater('NX-INTAKE-BUSY', 'More events wait for the database than may wait', waitMs, {
      fix: 'Send it again after the time in Retry-After, more slowly. Nothing of it was stored.',
    })
  }

  #measure(batch: readonly Waiting[], startedMs: number): void {
    const seconds = Math.max(0.001, (this.#clock.monotonicMs() - startedMs) / 1_000)
    const events = batch.reduce((sum, { size }) => sum + size, 0)
    this.#perSecond = 0.9 * this.#perSecond + 0.1 * (events / seconds)
  }

  #count(request: IntakeRequest, result: IntakeResult): void {
    this.counters.requests += 1
    if (result.state === 'conflict' || result.state === 'key_reused') this.counters.conflicts += 1
    else if (result.state === 'replayed') this.counters.replays += 1
    else {
      const duplicates = result.events.filter(({ duplicate }) => duplicate).length
      this.counters.duplicates += duplicates
      this.counters.events += result.events.length - duplicates
      this.counters.deadLetters += request.deadLetters.length
    }
  }
}

function tooLarge(size: number): NxError {
  return new NxError(
    'invalid',
    'NX-INTAKE-TOO-LARGE',
    `A request may carry ${intakeEventsMax} events; this one has ${size}`,
    { fix: 'Send it in several requests.' },
  )
}

function unknownOutcome(): RetryLater {
  return new RetryLater('NX-INTAKE-UNKNOWN', 'The database did not confirm in time', 1_000, {
    fix: 'Send it again unchanged after the time in Retry-After: if it was stored, the repeat has no effect.',
  })
}
