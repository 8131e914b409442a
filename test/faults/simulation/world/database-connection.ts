import type { LeasedCommand } from '../../../../src/messaging/commands/command.ts'
import type { CommandQueue, SettledAttempt } from '../../../../src/messaging/commands/command-queue.ts'
import type { DoubtQueue } from '../../../../src/messaging/commands/doubt-queue.ts'
import type { EventStarts } from '../../../../src/messaging/consume/event-starts.ts'
import type { EventIntakeStore } from '../../../../src/messaging/intake/event-intake.ts'
import type { ShardLeaseStore } from '../../../../src/messaging/ownership/shard-leases.ts'
import type { EventLogOutbox } from '../../../../src/messaging/relay/event-log.ts'
import type { OverdueEvents } from '../../../../src/messaging/relay/overdue-events.ts'
import type { DecisionStore, TimerStore } from '../../../../src/sales-core/processing/decision-store.ts'
import type { ScheduleStore } from '../../../../src/sales-core/schedules/schedule-store.ts'
import type { TransactionSteps } from '../../../fakes/log/transaction-steps.ts'
import { acmeId } from '../../../support/events.ts'
import type { SeededRandom } from '../../../support/seeded-random.ts'
import { unreachable } from './simulated-database.ts'
import type { SimulatedDatabase } from './simulated-database.ts'
import { never } from './simulated-process.ts'
import type { SimulatedProcess } from './simulated-process.ts'
import { asOwner } from './virtual-time.ts'
import type { VirtualTime } from './virtual-time.ts'

/** For how long a transaction may stand still before the server ends it (idle_in_transaction_session_timeout). */
const idleMsMax = 15_000

/**
 * What one process sees of the database: calls travel, are executed in one instant, and their answers travel back. On the way
 * there and on the way back they may be lost; the process may be dead or stopped when its answer comes.
 */
export class DatabaseConnection {
  readonly #database: SimulatedDatabase
  readonly #process: SimulatedProcess
  readonly #time: VirtualTime
  readonly #random: SeededRandom

  constructor(options: {
    database: SimulatedDatabase
    process: SimulatedProcess
    time: VirtualTime
    random: SeededRandom
  }) {
    this.#database = options.database
    this.#process = options.process
    this.#time = options.time
    this.#random = options.random
  }

  get outbox(): EventLogOutbox {
    const { log } = this.#database
    return {
      unpublished: async (...args) => await this.#call(async () => await log.unpublished(...args)),
      advance: async (...args) => await this.#call(async () => await log.advance(...args)),
      recordTrouble: async (...args) => await this.#call(async () => await log.recordTrouble(...args)),
      entityRange: async (...args) => await this.#call(async () => await log.entityRange(...args)),
    }
  }

  get overdue(): OverdueEvents {
    const { log } = this.#database
    return {
      overdue: async (...args) => await this.#call(async () => await log.overdue(...args)),
      newest: async (...args) => await this.#call(async () => await log.newest(...args)),
    }
  }

  get shardLeases(): ShardLeaseStore {
    const { leases } = this.#database
    return {
      heartbeat: async (owner) => await this.#call(async () => await leases.heartbeat(owner)),
      release: async (daemonId) => await this.#call(async () => await leases.release(daemonId)),
    }
  }

  get eventStarts(): EventStarts {
    const { starts } = this.#database
    return {
      deaths: async (...args) => await this.#call(async () => await starts.deaths(...args)),
      begin: async (...args) => await this.#call(async () => await starts.begin(...args)),
      end: async (...args) => await this.#call(async () => await starts.end(...args)),
    }
  }

  get intake(): EventIntakeStore {
    return {
      acceptAll: async (requests) => {
        const results = await this.#call(
          async () => await this.#database.intake.acceptAll(requests, this.#steps()),
        )
        this.#process.crashPoints.reach('intake.after_commit')
        return results
      },
    }
  }

  get decisions(): DecisionStore {
    return {
      apply: async (events, leases, decideAll) =>
        await this.#call(
          async () => await this.#database.entities.apply(events, leases, decideAll, this.#steps()),
        ),
    }
  }

  get timers(): TimerStore {
    const { timers, log } = this.#database
    return {
      fireDue: async (shards, max) =>
        await this.#call(async () => await timers.fireDue(log, shards, max, this.#steps())),
      nextDueMs: async (shards) => await this.#call(async () => timers.nextDueMs(shards)),
    }
  }

  get schedules(): ScheduleStore {
    const { schedules } = this.#database
    return {
      places: async () => await this.#call(async () => [{ tenantId: acmeId, workspace: 'default' }]),
      sync: async (_place, wanted) => await this.#call(async () => schedules.sync(wanted)),
      due: async () => await this.#call(async () => schedules.due()),
      turn: async (due, turn) => await this.#call(async () => await schedules.turn(due, turn, this.#steps())),
      nextDueMs: async () => await this.#call(async () => schedules.nextDueMs()),
      trouble: async ({ name }, code, message) => {
        throw new Error(`The schedule ${name} is in trouble: ${code} ${message}`)
      },
      attention: async () => [],
      forgetRuns: async () => await this.#call(async () => 0),
    }
  }

  get commands(): CommandQueue {
    return {
      claim: async (options) => {
        const beganMs = this.#process.clock.monotonicMs()
        const claimed = await this.#onQueue((queue) => queue.claim(options))
        // As the daemon sees it: no later than the lease ends on the database's clock.
        return claimed.map((leased): LeasedCommand => ({ ...leased, leaseEndsMs: beganMs + options.leaseMs }))
      },
      markSent: async (attempts) => await this.#onQueue((queue) => queue.markSent(attempts)),
      settle: async (attempts) =>
        await this.#onQueue(
          (queue) => queue.settle(attempts),
          () => this.#dying(attempts),
        ),
      release: async (attempts) => await this.#onQueue((queue) => queue.release(attempts)),
      recoverExpired: async () => await this.#onQueue((queue) => queue.recoverExpired()),
      giveUp: async (maxElapsedMs) => await this.#onQueue((queue) => queue.giveUp(maxElapsedMs)),
      nextDueMs: async () => await this.#onQueue((queue) => queue.nextDueMs()),
    }
  }

  get doubts(): DoubtQueue {
    return {
      takeDoubts: async (options) => await this.#onQueue((queue) => queue.takeDoubts(options)),
      settleDoubt: async (doubt, verdict) =>
        await this.#onQueue((queue) => queue.settleDoubt(doubt, verdict)),
    }
  }

  /** The transaction of a last attempt is where its dead letter is written. */
  #dying(attempts: readonly SettledAttempt[]): void {
    const ends = attempts.some(({ settlement: { state } }) => state === 'dead' || state === 'in_doubt')
    if (ends) this.#process.crashPoints.reach('dispatch.mid_dead_letter')
  }

  async #onQueue<T>(
    work: (queue: SimulatedDatabase['queue']) => Promise<T>,
    before: () => void = () => {},
  ): Promise<T> {
    return await this.#call(async () => {
      for (;;) {
        before()
        const answer = this.#database.onQueue(work)
        if (answer !== null) return await answer
        await asOwner(undefined, async () => await this.#time.delay(5))
        this.#database.requireUp()
      }
    })
  }

  async #call<T>(work: () => Promise<T>): Promise<T> {
    const { state } = this.#process
    if (state === 'dead') return await never<T>()
    const random = this.#random
    const network = async (ms: number): Promise<void> =>
      await asOwner(undefined, async () => await this.#time.delay(ms))
    await network(random.between(0.2, 3))
    // A process that died with its request on the way: it may arrive all the same.
    if (this.#isDead() && random.chance(0.5)) return await never<T>()
    const database = this.#database
    if (database.state === 'down' || random.chance(database.callsLost)) {
      await this.#time.delay(random.between(1, 50), this.#process)
      throw unreachable()
    }
    const isAnswerLost = random.chance(database.answersLost)
    const answer = await settled(work)
    await this.#time.delay(random.between(0.2, 3), this.#process)
    if (answer.error !== undefined) throw answer.error
    if (isAnswerLost) throw unreachable()
    return answer.value as T
  }

  #isDead(): boolean {
    return this.#process.state === 'dead'
  }

  /** A transaction of this process: it ends with its connection, and does not stand still for ever. */
  #steps(): TransactionSteps {
    const state: { open: boolean } = { open: true }
    const check = (): void => {
      if (!state.open) throw unreachable()
      this.#database.requireUp()
    }
    return {
      between: async () => {
        if (this.#isDead()) return await never()
        await this.#time.delay(this.#random.between(0.2, this.#random.chance(0.05) ? 400 : 6), this.#process)
        check()
      },
      reach: (point) => this.#process.crashPoints.reach(point),
      opened: (transaction) => {
        const end = (): void => {
          if (transaction.state === 'open') state.open = false
          transaction.abort()
        }
        this.#database.opened({ ...transaction, abort: end })
        this.#process.onDeath(end)
        this.#time.schedule(idleMsMax, end, undefined)
      },
    }
  }
}

async function settled<T>(work: () => Promise<T>): Promise<{ value?: T; error?: unknown }> {
  try {
    return { value: await work() }
  } catch (error) {
    return { error }
  }
}
