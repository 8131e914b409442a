import { setTimeout as sleep } from 'node:timers/promises'
import type { Clock } from '../../kernel/clock.ts'
import { noCrashPoints } from '../../kernel/crash-points.ts'
import type { CrashPoints } from '../../kernel/crash-points.ts'
import { errorText } from '../../kernel/errors.ts'
import type { Logger } from '../../kernel/logger.ts'
import { Loop } from '../../kernel/loop.ts'
import type { Service } from '../../kernel/service.ts'
import { ClearedCommand } from '../commands/cleared-command.ts'
import type { SendJudge } from '../commands/cleared-command.ts'
import type { AttemptOutcome, LeasedCommand } from '../commands/command.ts'
import type { CommandExecutor } from '../commands/command-executor.ts'
import type { ClaimShare, CommandQueue, SettledAttempt } from '../commands/command-queue.ts'
import { defaultRetryPolicy } from '../commands/retry-policy.ts'
import type { RetryPolicy } from '../commands/retry-policy.ts'
import { InFlight } from './in-flight.ts'
import { reportOf } from './report-of.ts'
import { SettlementBatcher } from './settlement-batcher.ts'
import { noticeOf, settlementOf } from './settlement-of.ts'
import type { CallSettlement } from './settlement-of.ts'

export interface DispatcherOptions {
  readonly queue: CommandQueue
  readonly executor: CommandExecutor
  /** Asked about everything that is claimed, before it is carried out. */
  readonly judge: SendJudge
  readonly daemonId: string
  readonly clock: Clock
  readonly logger: Logger
  readonly random: () => number
  readonly policy?: RetryPolicy
  /** Calls under way at once, all integrations together. */
  readonly inFlightMax?: number
  /** The most of them that one tenant, and one integration, may have: a vendor that hangs must leave room for others. */
  readonly tenantShareMax?: number
  readonly integrationShareMax?: number
  /** A tenant's weight among those with due commands; above 0. Default 1 for all. */
  readonly tenantWeight?: (tenantId: string) => number
  /** Calls that a tenant may have under way here, below its share; default: the share. */
  readonly tenantInFlightMax?: (tenantId: string) => number
  /** How long an attempt may take, from claim to written end. */
  readonly leaseMs?: number
  /** At a stop: how long calls under way may go on, and then how long their ends may take to be written. */
  readonly drainMs?: number
  readonly lastWritesMs?: number
  /** After ends were written: result events may be waiting for the relay. */
  readonly onSettled?: () => void
  /** Longest wait before the queue is looked at again; it ends early when a command falls due or the dispatcher is woken. */
  readonly idleMs?: number
  readonly crashPoints?: CrashPoints
}

/** How often the queue is looked at while calls are under way, and how soon at the earliest. */
const busyIdleMs = 250
const dueMsMin = 20

/**
 * Carries commands out: claims what is due, calls, writes the ends. What one integration or one tenant may have under way
 * is bounded, and what is under way counts against it at the next claim: one that hangs holds its own calls only.
 */
export class Dispatcher implements Service {
  readonly name = 'dispatcher'
  readonly counters = {
    ...{ claimed: 0, succeeded: 0, retried: 0, dead: 0, inDoubt: 0, parked: 0, released: 0 },
    ...{ deferred: 0, suppressed: 0 },
  }
  readonly settlements: SettlementBatcher
  readonly #options: DispatcherOptions
  readonly #crashPoints: CrashPoints
  readonly #loop: Loop
  readonly #inFlight = new InFlight()
  readonly #calls = new Set<Promise<void>>()
  readonly #abort = new AbortController()
  #stopping = false

  constructor(options: DispatcherOptions) {
    this.#options = options
    this.#crashPoints = options.crashPoints ?? noCrashPoints
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
      crashPoints: this.#crashPoints,
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

  /**
   * Claims no more and gives back what was not begun. Calls under way may go on for `drainMs`, then they are broken off and
   * their outcomes written as far as they are known.
   */
  async stop(): Promise<void> {
    const { clock, drainMs = 7_000, lastWritesMs = 1_500 } = this.#options
    this.#stopping = true
    this.settlements.giveUpAt(clock.monotonicMs() + drainMs + lastWritesMs)
    const drained = new AbortController()
    const deadline = sleep(drainMs, undefined, { signal: drained.signal }).then(
      () => this.abort(),
      () => {},
    )
    await this.#loop.stop()
    while (this.#calls.size > 0) await Promise.all(this.#calls)
    drained.abort()
    await deadline
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
    const { queue, daemonId, inFlightMax = 256, leaseMs = 30_000 } = this.#options
    const free = inFlightMax - this.#calls.size
    if (free <= 0 || this.#stopping) return 0
    const claimed = await queue.claim({
      daemonId,
      max: free,
      leaseMs,
      share: async (...integration) => await this.#share(...integration),
    })
    if (claimed.length === 0) return 0
    this.counters.claimed += claimed.length
    this.#crashPoints.reach('dispatch.after_claim')
    const cleared = this.#stopping ? [] : await this.#passGate(claimed)
    const sendable = this.#stopping ? [] : await this.#confirmSend(cleared)
    // What the gate stopped is being settled: to give it back would undo that only if it came first, and then it is due again.
    if (this.#stopping) return await this.#giveBack(claimed)
    for (const leased of sendable) this.#begin(leased)
    return claimed.length
  }

  async #share(tenantId: string, workspace: string, integration: string): Promise<ClaimShare> {
    const {
      executor,
      inFlightMax = 256,
      tenantShareMax = 0.5,
      integrationShareMax = 0.25,
      tenantWeight,
      tenantInFlightMax,
    } = this.#options
    const { perSecond, burst, concurrency } = await executor.limits(tenantId, workspace, integration)
    const tenantInFlight = this.#inFlight.ofTenant(tenantId)
    const most = Math.min(concurrency, Math.max(1, Math.floor(inFlightMax * integrationShareMax)))
    return {
      room: most - this.#inFlight.ofIntegration(tenantId, integration),
      perSecond,
      burst,
      weight: tenantWeight?.(tenantId) ?? 1,
      tenantInFlight,
      tenantRoom:
        Math.min(
          Math.max(1, Math.floor(inFlightMax * tenantShareMax)),
          tenantInFlightMax?.(tenantId) ?? inFlightMax,
        ) - tenantInFlight,
    }
  }

  /** The policies' word on what was claimed. What may not be carried out now is written down at once. */
  async #passGate(claimed: readonly LeasedCommand[]): Promise<readonly ClearedCommand[]> {
    const passages = await ClearedCommand.passGate(this.#options.judge, claimed)
    this.#crashPoints.reach('dispatch.after_gate')
    for (const passage of passages) if (passage.state === 'stopped') this.#stopped(passage.end)
    return passages.flatMap((passage) => (passage.state === 'cleared' ? passage.command : []))
  }

  #stopped(end: SettledAttempt): void {
    const { state } = end.settlement
    if (state === 'deferred') this.counters.deferred += 1
    else if (state === 'suppressed') this.counters.suppressed += 1
    else if (state === 'succeeded') this.counters.succeeded += 1
    const written = this.settlements.settle(end).finally(() => this.#calls.delete(written))
    this.#calls.add(written)
  }

  /** Commands that may not be repeated are marked as sent before the call; those whose lease is gone are left alone. */
  async #confirmSend(claimed: readonly ClearedCommand[]): Promise<readonly ClearedCommand[]> {
    const once = claimed.filter(({ command }) => command.repeatable === 'no')
    if (once.length === 0) return claimed
    const marked = await this.#options.queue.markSent(once)
    this.#crashPoints.reach('dispatch.after_sent')
    return claimed.filter(({ command }) => command.repeatable === 'yes' || marked.has(command.id))
  }

  /** Nothing of these was sent, whatever the mark says: nobody has to wait for their leases. */
  async #giveBack(claimed: readonly LeasedCommand[]): Promise<number> {
    await this.#options.queue.release(claimed)
    this.counters.released += claimed.length
    return 0
  }

  #begin(leased: ClearedCommand): void {
    const { tenantId, integration, id } = leased.command
    this.#inFlight.begin(tenantId, integration)
    const call = this.#call(leased)
      .catch((error: unknown) => {
        this.#options.logger.error(
          { command: id, error: errorText(error) },
          'An attempt broke; its lease will end it',
        )
      })
      .finally(() => this.#calls.delete(call))
    this.#calls.add(call)
  }

  async #call(leased: ClearedCommand): Promise<void> {
    const { executor, clock, policy = defaultRetryPolicy, random } = this.#options
    const { tenantId, integration } = leased.command
    const started = clock.monotonicMs()
    let outcome: AttemptOutcome
    try {
      outcome = await executor.execute(leased, this.#abort.signal)
    } finally {
      this.#inFlight.end(tenantId, integration)
    }
    const durationMs = Math.round(clock.monotonicMs() - started)
    const settlement = settlementOf(policy, {
      leased,
      outcome,
      durationMs,
      now: clock.now(),
      random: random(),
    })
    this.#count(outcome, settlement.state)
    await this.settlements.settle({
      leased,
      settlement,
      report: reportOf(outcome),
      ...noticeOf(leased, settlement),
    })
  }

  #count(outcome: AttemptOutcome, settled: CallSettlement['state']): void {
    if (outcome.state === 'parked') this.counters.parked += 1
    if (settled === 'succeeded') this.counters.succeeded += 1
    else if (settled === 'retry') this.counters.retried += 1
    else if (settled === 'dead') this.counters.dead += 1
    else this.counters.inDoubt += 1
  }
}
