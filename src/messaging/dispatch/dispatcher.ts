import type { Clock } from '../../kernel/clock.ts'
import { errorText } from '../../kernel/errors.ts'
import type { Logger } from '../../kernel/logger.ts'
import { Loop } from '../../kernel/loop.ts'
import type { Service } from '../../kernel/service.ts'
import type { AttemptOutcome, LeasedCommand } from '../commands/command.ts'
import type { CommandExecutor } from '../commands/command-executor.ts'
import type { CommandQueue } from '../commands/command-queue.ts'
import { defaultRetryPolicy } from '../commands/retry-policy.ts'
import type { RetryPolicy } from '../commands/retry-policy.ts'
import { SettlementBatcher } from './settlement-batcher.ts'
import { settlementOf } from './settlement-of.ts'

export interface DispatcherOptions {
  readonly queue: CommandQueue
  readonly executor: CommandExecutor
  readonly daemonId: string
  readonly clock: Clock
  readonly logger: Logger
  readonly random: () => number
  readonly policy?: RetryPolicy
  /** Calls under way at once, all integrations together. */
  readonly inFlightMax?: number
  /** How long an attempt may take, from claim to written end. */
  readonly leaseMs?: number
  /** After ends were written: result events may be waiting for the relay. */
  readonly onSettled?: () => void
  /** Longest wait before the queue is looked at again; it ends early when a command falls due or the dispatcher is woken. */
  readonly idleMs?: number
}

/** How often the queue is looked at while calls are under way, and how soon at the earliest. */
const busyIdleMs = 250
const dueMsMin = 20

/**
 * Carries commands out: claims what is due, calls, writes the ends. One integration that hangs holds its own calls only:
 * each has its share (`executor.concurrency`), and what is in flight counts against it at the next claim.
 */
export class Dispatcher implements Service {
  readonly name = 'dispatcher'
  readonly counters = { claimed: 0, succeeded: 0, retried: 0, dead: 0, inDoubt: 0, parked: 0 }
  readonly settlements: SettlementBatcher
  readonly #options: DispatcherOptions
  readonly #loop: Loop
  readonly #inFlight = new Map<string, number>()
  readonly #calls = new Set<Promise<void>>()
  readonly #abort = new AbortController()

  constructor(options: DispatcherOptions) {
    this.#options = options
    this.#loop = new Loop({
      name: 'dispatcher',
      idleMs: async () => await this.#idleMs(),
      clock: options.clock,
      logger: options.logger,
      runOnce: async () => await this.#claimAndCall(),
    })
    this.settlements = new SettlementBatcher({
      queue: options.queue,
      logger: options.logger,
      nowMs: () => options.clock.monotonicMs(),
      onSettled: () => {
        this.#loop.wake()
        options.onSettled?.()
      },
    })
  }

  get lastSuccessMs(): number | null {
    return this.#loop.lastSuccessMs
  }

  /** Calls under way. */
  get inFlight(): number {
    return this.#calls.size
  }

  async start(): Promise<void> {
    await this.#loop.start()
  }

  /** Claims no more, then waits for the calls under way; their own timeouts bound the wait. */
  async stop(): Promise<void> {
    await this.#loop.stop()
    await Promise.all(this.#calls)
  }

  /** Breaks off the calls under way: for a stop that must not wait. Their outcomes are written as far as they are known. */
  abort(): void {
    this.#abort.abort()
  }

  /** New commands may be due: look now. */
  wake(): void {
    this.#loop.wake()
  }

  /** With calls under way the next end wakes the loop, and what is due may be due because its integration is full. */
  async #idleMs(): Promise<number> {
    const { queue, idleMs = 1_000 } = this.#options
    if (this.#calls.size > 0) return Math.min(idleMs, busyIdleMs)
    return Math.max(dueMsMin, Math.min(idleMs, (await queue.nextDueMs()) ?? idleMs))
  }

  async #claimAndCall(): Promise<number> {
    const { queue, daemonId, executor, inFlightMax = 256, leaseMs = 30_000 } = this.#options
    const free = inFlightMax - this.#calls.size
    if (free <= 0) return 0
    const claimed = await queue.claim({
      daemonId,
      max: free,
      leaseMs,
      perIntegration: (tenantId, integration) =>
        executor.concurrency(tenantId, integration) - (this.#inFlight.get(`${tenantId}/${integration}`) ?? 0),
    })
    if (claimed.length === 0) return 0
    this.counters.claimed += claimed.length
    const sendable = await this.#confirmSend(claimed)
    for (const leased of sendable) this.#begin(leased)
    return claimed.length
  }

  /** Commands that may not be repeated are marked as sent before the call; those whose lease is gone are left alone. */
  async #confirmSend(claimed: readonly LeasedCommand[]): Promise<readonly LeasedCommand[]> {
    const once = claimed.filter(({ command }) => command.repeatable === 'no')
    if (once.length === 0) return claimed
    const marked = await this.#options.queue.markSent(once)
    return claimed.filter(({ command }) => command.repeatable === 'yes' || marked.has(command.id))
  }

  #begin(leased: LeasedCommand): void {
    const key = `${leased.command.tenantId}/${leased.command.integration}`
    this.#inFlight.set(key, (this.#inFlight.get(key) ?? 0) + 1)
    const call = this.#call(leased)
      .catch((error: unknown) => {
        this.#options.logger.error(
          { command: leased.command.id, error: errorText(error) },
          'An attempt broke; its lease will end it',
        )
      })
      .finally(() => this.#calls.delete(call))
    this.#calls.add(call)
  }

  async #call(leased: LeasedCommand): Promise<void> {
    const { executor, clock, policy = defaultRetryPolicy, random } = this.#options
    const key = `${leased.command.tenantId}/${leased.command.integration}`
    const started = clock.monotonicMs()
    let outcome: AttemptOutcome
    try {
      outcome = await executor.execute(leased, this.#abort.signal)
    } finally {
      const left = (this.#inFlight.get(key) ?? 1) - 1
      if (left > 0) this.#inFlight.set(key, left)
      else this.#inFlight.delete(key)
    }
    const durationMs = Math.round(clock.monotonicMs() - started)
    await this.#parkIfClosed(leased, outcome)
    const settlement = settlementOf(policy, {
      leased,
      outcome,
      durationMs,
      now: clock.now(),
      random: random(),
    })
    this.#count(outcome, settlement.state)
    await this.settlements.settle({ leased, settlement })
  }

  /** The whole integration is not taking calls: nobody claims its commands until it may again. */
  async #parkIfClosed({ command }: LeasedCommand, outcome: AttemptOutcome): Promise<void> {
    if (outcome.state !== 'parked' || !outcome.wholeIntegration) return
    const forMs = outcome.retryAfterMs ?? 1_000
    await this.#options.queue
      .park(command.tenantId, command.integration, forMs, outcome.error.code)
      .catch((error: unknown) =>
        this.#options.logger.warn({ error: errorText(error) }, 'The integration was not parked'),
      )
  }

  #count(outcome: AttemptOutcome, settled: 'succeeded' | 'retry' | 'dead' | 'in_doubt'): void {
    if (outcome.state === 'parked') this.counters.parked += 1
    if (settled === 'succeeded') this.counters.succeeded += 1
    else if (settled === 'retry') this.counters.retried += 1
    else if (settled === 'dead') this.counters.dead += 1
    else this.counters.inDoubt += 1
  }
}
