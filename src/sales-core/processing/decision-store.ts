import type { UnitObservation } from '../../control-plane/rollout/rollout.ts'
import type { NewDeadLetter } from '../../messaging/dead-letters/dead-letter.ts'
import type { LoggedEvent } from '../../messaging/events/event.ts'
import type { ShardLease } from '../../messaging/ownership/shard-leases.ts'
import type { Decision } from '../decide/decision.ts'
import type { EntityState } from '../decide/entity-state.ts'
import type { WorkflowInstance } from '../workflows/workflow-instance.ts'

/** An entity as it was loaded and locked for this transaction. */
export interface LoadedEntity {
  readonly tenantId: string
  readonly entityKey: string
  readonly entity: EntityState
  /** Instances of this entity that are waiting. */
  readonly instances: readonly WorkflowInstance[]
  /** The events to apply now, in order, starting at `entity.appliedSeq + 1`: repeats left out, gaps filled from the log. */
  readonly events: readonly LoggedEvent[]
}

/** What an event led to: a decision, or its place among the dead letters. Either way its entity moves on. */
export type EventOutcome = {
  readonly event: LoggedEvent
  /** What it showed of a rollout; left out: none covers it. */
  readonly observation?: UnitObservation
} & (
  | {
      readonly state: 'decided'
      readonly decision: Decision
      /** The time it was decided by: what it says of times (`dueAt` of its commands) is by the same clock. */
      readonly decidedAt: Date
      readonly deadLetters: readonly NewDeadLetter[]
    }
  | { readonly state: 'dead'; readonly deadLetter: NewDeadLetter }
)

export interface ApplyReport {
  readonly applied: number
  /** Events that had been applied before. */
  readonly duplicates: number
  /** Events that were missing on the bus and were taken from the log. */
  readonly repaired: number
  readonly commands: number
  readonly emitted: number
}

/**
 * Applies events to entities. One transaction per call: entities locked in key order, the callback decides (pure, in
 * memory), then state, decisions, instances, timers, commands with their lanes, emitted events, dead letters: all or nothing.
 */
export interface DecisionStore {
  /**
   * `leases` are the shards under which the caller works: a lease that is no longer held throws NX-LEASE-LOST (the bus
   * delivers again to the new owner). A version conflict or a deadlock throws NX-DB-RETRY (retryable).
   */
  apply(
    events: readonly LoggedEvent[],
    leases: readonly ShardLease[],
    decideAll: (loaded: readonly LoadedEntity[]) => Promise<readonly EventOutcome[]>,
  ): Promise<ApplyReport>
}

/** Makes waits that are over into `timer.due` events of their entity, through the log like every other event. */
export interface TimerStore {
  /** Fires what is due in these shards, at most `max`. Returns how many. */
  fireDue(shards: readonly number[], max: number): Promise<number>
  /** Milliseconds until the next timer of these shards; null when none. */
  nextDueMs(shards: readonly number[]): Promise<number | null>
}

/** The type of the event that wakes an instance; its data is `{ instanceId, seq }`. */
export const timerDueType = 'timer.due'
