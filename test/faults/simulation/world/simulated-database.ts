import type { Clock } from '../../../../src/kernel/clock.ts'
import { NxError } from '../../../../src/kernel/errors.ts'
import type { EventStarts, StartedEvent } from '../../../../src/messaging/consume/event-starts.ts'
import { shardOf } from '../../../../src/messaging/events/entity-key.ts'
import { MemoryCommandQueue } from '../../../fakes/memory-command-queue.ts'
import { MemoryEntityStore } from '../../../fakes/log/memory-entity-store.ts'
import { MemoryEventIntake } from '../../../fakes/log/memory-event-intake.ts'
import { MemoryEventLog, keyOf } from '../../../fakes/log/memory-event-log.ts'
import type { LogTransaction } from '../../../fakes/log/memory-event-log.ts'
import { MemoryShardLeaseStore } from '../../../fakes/log/memory-shard-leases.ts'
import { MemoryTimers } from '../../../fakes/log/memory-timers.ts'
import { SimulatedSchedules } from './simulated-schedules.ts'

/** Fewer than the real number: schedules are short, and shards shall have company. */
export const simulatedShards = 4

/** Parts of the models that a test may replace by broken ones, to see that the checker notices. */
export interface Models {
  readonly log?: typeof MemoryEventLog
  readonly queue?: typeof MemoryCommandQueue
  readonly timers?: typeof MemoryTimers
  readonly entities?: typeof MemoryEntityStore
  readonly schedules?: typeof SimulatedSchedules
}

/** The one database of a simulation: what is committed here survives every process. Every method is one instant. */
export class SimulatedDatabase {
  /** Not `up`: nothing is executed. */
  state: 'up' | 'down' = 'up'
  /** Share of the calls that are executed and whose answer does not come, or that are not executed. */
  answersLost = 0
  callsLost = 0
  readonly leases: MemoryShardLeaseStore
  readonly log: MemoryEventLog
  readonly entities: MemoryEntityStore
  readonly intake: MemoryEventIntake
  readonly queue: MemoryCommandQueue
  readonly timers: MemoryTimers
  readonly schedules: SimulatedSchedules
  readonly starts = new MemoryEventStarts()
  readonly #open = new Set<LogTransaction>()
  #resultsLogged = 0

  constructor(clock: Clock, models: Models = {}) {
    const {
      log: Log = MemoryEventLog,
      queue: Queue = MemoryCommandQueue,
      timers: Timers = MemoryTimers,
      entities: Entities = MemoryEntityStore,
      schedules: Schedules = SimulatedSchedules,
    } = models
    const shard = (tenantId: string, key: string): number => shardOf(tenantId, key) % simulatedShards
    this.leases = new MemoryShardLeaseStore(clock, simulatedShards)
    this.queue = new Queue(clock)
    const epochOf = (shard: number): string | null => this.leases.epochOf(shard)
    this.log = new Log({
      clock,
      epochOf,
      appliedSeq: (tenantId, key) => this.entities.appliedSeq(tenantId, key),
      shard,
    })
    this.timers = new Timers(clock, shard)
    this.entities = new Entities({
      log: this.log,
      timers: this.timers,
      epochOf,
      enqueue: (commands) => this.queue.enqueue(commands),
    })
    this.schedules = new Schedules(clock, this.log, this.entities)
    this.intake = new MemoryEventIntake(this.log, clock)
  }

  /** Throws what a database says that is not there. */
  requireUp(): void {
    if (this.state === 'down') throw unreachable()
  }

  opened(transaction: LogTransaction): void {
    this.#open.add(transaction)
  }

  /** Ends every connection: what is open is undone. */
  terminateAll(): void {
    for (const transaction of this.#open) transaction.abort()
    this.#open.clear()
  }

  /**
   * A call of the command queue, with the result events that it makes: one transaction. Null while an open transaction holds the
   * order of an entity: the caller comes again.
   */
  onQueue<T>(work: (queue: MemoryCommandQueue) => Promise<T>): Promise<T> | null {
    if (this.log.isLocked()) return null
    const answer = work(this.queue)
    const routed = this.queue.results.slice(this.#resultsLogged).filter((one) => one.routed)
    this.#resultsLogged = this.queue.results.length
    if (routed.length > 0) {
      const transaction = this.log.begin(routed.map(({ event }) => keyOf(event)))
      if (transaction === null) throw new Error('Nothing was locked just now')
      for (const { event } of routed) transaction.append(event)
      transaction.commit()
    }
    return answer
  }
}

/** The failure of a call of which nobody knows whether it was executed. */
export function unreachable(): NxError {
  return new NxError('unreachable', 'NX-DB-UNREACHABLE', 'The database does not answer', { retryable: true })
}

/** Who began which event and did not end it. */
class MemoryEventStarts implements EventStarts {
  readonly #starts = new Map<string, Set<string>>()

  async deaths(events: readonly StartedEvent[], owner: string): Promise<ReadonlyMap<string, number>> {
    return new Map(
      events.flatMap(({ id }) => {
        const others = [...(this.#starts.get(id) ?? [])].filter((other) => other !== owner).length
        return others === 0 ? [] : [[id, others] as const]
      }),
    )
  }

  async begin(events: readonly StartedEvent[], owner: string): Promise<void> {
    for (const { id } of events) this.#starts.set(id, (this.#starts.get(id) ?? new Set()).add(owner))
  }

  async end(events: readonly StartedEvent[]): Promise<void> {
    for (const { id } of events) this.#starts.delete(id)
  }
}
