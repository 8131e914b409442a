import type { UnitObservation } from '../../control-plane/rollout/rollout.ts'
import type { NewDeadLetter } from '../../messaging/dead-letters/dead-letter.ts'
import type { LoggedEvent } from '../../messaging/events/event.ts'
import type { ShardLease } from '../../messaging/ownership/shard-leases.ts'
import type { Decision } from '../decide/decision.ts'
import type { EntityState } from '../decide/entity-state.ts'
import type { RuleWait } from '../decide/rule-wait.ts'
import type { LoadedTeam, TeamRef } from '../people/team-book.ts'
import type { WorkflowInstance } from '../workflows/workflow-instance.ts'

/** An entity as it was loaded and locked for this transaction. */
export interface LoadedEntity {
  readonly tenantId: string
  readonly entityKey: string
  readonly entity: EntityState
  /** Instances of this entity that are waiting, and ended ones that one of the events asks something of. */
  readonly instances: readonly WorkflowInstance[]
  /** Waits of its rules; left out: none. */
  readonly waits?: readonly RuleWait[]
  /** Rules whose breaker is open; whoever decides adds them. Left out: none. */
  readonly parked?: Pick<ReadonlySet<string>, 'has'>
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
    decideAll: (loaded: readonly LoadedEntity[], teams: TeamReader) => Promise<readonly EventOutcome[]>,
  ): Promise<ApplyReport>
}

/**
 * Reads teams in the transaction of `apply` and keeps them for it: whoever else wants to pick from one of them waits for its end.
 * One that was never picked from is new. The moves of the decisions are written with them.
 */
export type TeamReader = (wanted: readonly TeamRef[]) => Promise<readonly LoadedTeam[]>

/** Makes waits that are over into `timer.due` events of their entity, through the log like every other event. */
export interface TimerStore {
  /** Fires what is due in these shards, at most `max`. Returns how many. */
  fireDue(shards: readonly number[], max: number): Promise<number>
  /** Milliseconds until the next timer of these shards; null when none. */
  nextDueMs(shards: readonly number[]): Promise<number | null>
}

/** The type of the event that wakes an instance, `{ instanceId, seq }`, or ends a rule's wait, `{ wait }`. */
export const timerDueType = 'timer.due'
