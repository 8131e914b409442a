import { setTimeout as sleep } from 'node:timers/promises'
import type { Clock } from '../../kernel/clock.ts'
import { errorText } from '../../kernel/errors.ts'
import type { Logger } from '../../kernel/logger.ts'
import { Loop } from '../../kernel/loop.ts'
import type { JobHandler, JobLease } from './job-handler.ts'
import type { JobLeases } from './job-leases.ts'
import type { JobKind } from './job.ts'

export interface JobRunnerOptions {
  readonly leases: JobLeases
  readonly handlers: readonly JobHandler[]
  /** Who holds the leases: unique among all processes. */
  readonly owner: string
  readonly clock: Clock
  readonly logger: Logger
  /** Most jobs under way in this process. Default 2. */
  readonly jobsAtOnce?: number
  /** After so long without a step somebody else may go on. Default 10 s. */
  readonly leaseMs?: number
  /** Wait when no job is due. Default 1 s. */
  readonly idleMs?: number
  /** Wait after trouble with the infrastructure, before the job is tried again. Default 2 s. */
  readonly retryMs?: number
}

/**
 * Works on jobs: takes the lease of a due one and goes through it step by step, until it is over, or somebody else's, or this
 * process stops. Then it finishes the step under way and gives the lease back. Started as a loop in a daemon; the CLI works on
 * its own job with `workOn` and never starts the loop.
 */
export class JobRunner extends Loop {
  readonly counters: { claimed: number; steps: number; over: number; failures: number }
  readonly #options: JobRunnerOptions
  readonly #handlers: ReadonlyMap<JobKind, JobHandler>
  readonly #working = new Set<Promise<void>>()
  #stopping = new AbortController()

  constructor(options: JobRunnerOptions) {
    super({
      name: 'jobs',
      idleMs: options.idleMs ?? 1_000,
      clock: options.clock,
      logger: options.logger,
      runOnce: async () => await this.#fill(),
    })
    this.#options = options
    this.#handlers = new Map(options.handlers.map((handler) => [handler.kind, handler]))
    this.counters = { claimed: 0, steps: 0, over: 0, failures: 0 }
  }

  override async start(): Promise<void> {
    this.#stopping = new AbortController()
    await super.start()
  }

  /** Ends after the steps under way; the jobs are given back. */
  override async stop(): Promise<void> {
    this.#stopping.abort()
    await super.stop()
    await Promise.all(this.#working)
  }

  /**
   * Works on this job until it is over or the signal is aborted. Returns false when it cannot be had now: it is not due, it
   * ended, somebody else holds it, or nothing here can carry it out.
   */
  async workOn(jobId: string, signal: AbortSignal): Promise<boolean> {
    const lease = await this.#claim(jobId)
    if (lease === null) return false
    await this.#work(lease, signal)
    return true
  }

  async #fill(): Promise<number> {
    const { jobsAtOnce = 2 } = this.#options
    while (this.#working.size < jobsAtOnce && !this.#stopping.signal.aborted) {
      const lease = await this.#claim()
      if (lease === null) break
      const work = this.#work(lease, this.#stopping.signal).finally(() => {
        this.#working.delete(work)
        this.wake()
      })
      this.#working.add(work)
    }
    return 0
  }

  async #claim(only?: string): Promise<JobLease | null> {
    const { leases, owner, leaseMs = 10_000 } = this.#options
    const kinds = [...this.#handlers.keys()]
    const lease = await leases.claim({ kinds, owner, leaseMs, ...(only === undefined ? {} : { only }) })
    if (lease !== null) this.counters.claimed += 1
    return lease
  }

  async #work(lease: JobLease, signal: AbortSignal): Promise<void> {
    const { leases, logger, retryMs = 2_000 } = this.#options
    try {
      const laterMs = await this.#steps(lease, signal)
      if (laterMs === null) this.counters.over += 1
      else await leases.release(lease, laterMs)
    } catch (error) {
      this.counters.failures += 1
      logger.warn(
        { job: lease.job.id, kind: lease.job.kind, error: errorText(error), retryMs },
        'A job met trouble; it will be gone on with',
      )
      // Where this fails as well, the lease runs out by itself.
      await leases.release(lease, retryMs).catch(() => {})
    }
  }

  /** Steps until there is nothing more to do now. Returns after how long it may be gone on with; null: it is over. */
  async #steps(lease: JobLease, signal: AbortSignal): Promise<number | null> {
    const { leaseMs = 10_000 } = this.#options
    const handler = this.#handlers.get(lease.job.kind)
    if (handler === undefined) return 0
    while (!signal.aborted) {
      const step = await handler.step(lease, leaseMs)
      this.counters.steps += 1
      if (step.state === 'over') return null
      if (step.state === 'later') return step.ms
      // Never longer than the lease lasts: the next step renews it.
      if (step.state === 'wait')
        await sleep(Math.min(step.ms, leaseMs / 3), undefined, { signal }).catch(() => {})
    }
    return 0
  }
}
