import type { Clock } from '../../../src/kernel/clock.ts'
import { entityKey, shardOf } from '../../../src/messaging/events/entity-key.ts'
import type { LoggedEvent, NxEvent } from '../../../src/messaging/events/event.ts'
import type { Decision } from '../../../src/sales-core/decide/decision.ts'
import { ruleTimerEvent } from '../../../src/sales-core/decide/rules/rule-timer.ts'
import { taskRecord } from '../../../src/sales-core/people/task-state.ts'
import { taskTimerEvent } from '../../../src/sales-core/people/task-timer.ts'
import { taskKind } from '../../../src/sales-core/people/task-types.ts'
import { workflowTimerEvent } from '../../../src/sales-core/workflows/workflow-timer.ts'
import { keyOf } from './memory-event-log.ts'
import type { MemoryEventLog } from './memory-event-log.ts'
import type { TransactionSteps } from './transaction-steps.ts'

/** A wait that has an end. Written anew by whatever moves it on. */
interface Timer {
  readonly dueMs: number
  readonly shard: number
  readonly eventAt: (time: string) => NxEvent
}

/** Ends of the waits of instances, rules and tasks in memory: kept with the decisions, fired through the log. */
export class MemoryTimers {
  readonly #timers = new Map<string, Timer>()
  /** The correlation of the event that started an instance, by its id. */
  readonly #startedFor = new Map<string, string>()
  readonly #clock: Clock
  readonly #shard: (tenantId: string, key: string) => number

  constructor(clock: Clock, shard: (tenantId: string, key: string) => number = shardOf) {
    this.#clock = clock
    this.#shard = shard
  }

  /** Waits that have an end which has not come, or was not seen to. */
  get pending(): number {
    return this.#timers.size
  }

  has(instanceId: string): boolean {
    return this.#timers.has(`instance/${instanceId}`)
  }

  /** Loses the one that was written first. For tests of those who look for it. */
  forget(): void {
    for (const [name] of this.#timers) return void this.#timers.delete(name)
  }

  /** What a decision leaves waiting, in its transaction. */
  written(
    { tenantId, workspace, correlationId, causationId, subject }: LoggedEvent,
    decision: Decision,
  ): void {
    const { entity } = decision
    const key = entityKey(workspace, subject)
    const shard = this.#shard(tenantId, key)
    const put = (name: string, due: string | null, eventAt: Timer['eventAt']): void => {
      if (due === null) this.#timers.delete(name)
      else this.#timers.set(name, { dueMs: Date.parse(due), shard, eventAt })
    }
    for (const instance of decision.instances) {
      const until = instance.state.status === 'waiting' ? instance.state.wait.until : null
      // Kept from its start, as its row keeps it.
      const startedFor = this.#startedFor.get(instance.id) ?? correlationId
      this.#startedFor.set(instance.id, startedFor)
      const timer = { instance, tenantId, workspace, ref: entity.ref, correlationId: startedFor }
      put(`instance/${instance.id}`, until, (time) => workflowTimerEvent(timer, time))
    }
    for (const change of decision.waits) {
      if (change.change === 'close') this.#timers.delete(`wait/${change.id}`)
      // One whose rule failed is over; it is only kept.
      else if (!change.wait.failed)
        put(`wait/${change.wait.id}`, change.wait.dueAt, (time) =>
          ruleTimerEvent(change.wait, entity, tenantId, time),
        )
    }
    const task = entity.ref.kind === taskKind ? taskRecord(entity.fields) : null
    if (task === null) return
    const timer = { tenantId, workspace, ref: entity.ref, rung: task.rung, correlationId }
    put(`task/${keyOf({ ...timer, subject } as unknown as NxEvent)}`, task.nextAt, (time) =>
      taskTimerEvent({ ...timer, openedBy: causationId }, time),
    )
  }

  /** One transaction: the events, and that they were fired. What was written meanwhile is somebody else's: nothing is fired then. */
  async fireDue(
    log: MemoryEventLog,
    shards: readonly number[],
    max: number,
    steps: TransactionSteps,
  ): Promise<number> {
    const now = this.#clock.now()
    const due = [...this.#timers]
      .filter(([, { dueMs, shard }]) => dueMs <= now.getTime() && shards.includes(shard))
      .toSorted(([, a], [, b]) => a.dueMs - b.dueMs)
      .slice(0, max)
    if (due.length === 0) return 0
    const events = due.map(([, timer]) => timer.eventAt(now.toISOString()))
    await steps.between()
    const transaction = log.begin(events.map(keyOf))
    if (transaction === null) return 0
    steps.opened(transaction)
    try {
      for (const event of events) transaction.append(event)
      await steps.between()
      if (due.some(([name, timer]) => this.#timers.get(name) !== timer)) {
        transaction.abort()
        return 0
      }
      transaction.commit()
    } catch (error) {
      transaction.abort()
      throw error
    }
    for (const [name] of due) this.#timers.delete(name)
    return due.length
  }

  /** Milliseconds until the first of these shards; null: none. */
  nextDueMs(shards: readonly number[]): number | null {
    const due = [...this.#timers.values()].filter(({ shard }) => shards.includes(shard))
    if (due.length === 0) return null
    return Math.max(0, Math.min(...due.map(({ dueMs }) => dueMs)) - this.#clock.now().getTime())
  }
}
