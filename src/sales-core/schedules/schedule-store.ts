import { entityKey, shardOf } from '../../messaging/events/entity-key.ts'
import type { CompiledSchedule } from './compiled-schedule.ts'
import type { DueRuns } from './due-runs.ts'
import type { PageOutcome, VisitedEntity } from './schedule-events.ts'
import type { ScheduleRun } from './schedule-run.ts'

/** A part of a tenant that has schedules, or had some. */
export interface SchedulePlace {
  readonly tenantId: string
  readonly workspace: string
}

/** The shard whose owner looks after the schedules of a place. */
export function shardOfPlace({ tenantId, workspace }: SchedulePlace): number {
  return shardOf(tenantId, entityKey(workspace, { kind: 'schedule', id: '' }))
}

/** A schedule whose time has come: found without locks, looked at again when it is worked on. */
export interface DueSchedule extends SchedulePlace {
  readonly name: string
  /** Grows with every turn: what was found is passed over when somebody else had a turn since. */
  readonly turn: number
}

/** A schedule as it is held for a turn. */
export interface HeldSchedule extends DueSchedule {
  readonly nextAtMs: number | null
  /** By the database's clock. */
  readonly nowMs: number
  /** The run under way, else the first that waits; null: none. */
  readonly run: ScheduleRun | null
}

/** What a daemon makes of a schedule that it holds. Both parts are pure. */
export interface ScheduleTurn {
  /** Of the document that it follows: a row that follows another one is passed over. */
  readonly digest: string
  /** Which run begins, which are skipped, when the next is due. Asked only when no run is open. */
  due(held: HeldSchedule): DueRuns
  /** The events of the next entities of a run. */
  page(run: ScheduleRun, entities: readonly VisitedEntity[], nowMs: number): PageOutcome
  /** The kind of entity that is gone through; null: none, one event is all. */
  readonly entityKind: string | null
  /** As in ScheduleRun: a run that was begun for another target is cancelled. */
  readonly target: string
  /** Entities that are looked at in one turn, at most. */
  readonly pageMax: number
  /** Events that a run may make a second. */
  readonly perSecond: number
}

export type TurnReport =
  /** Somebody else had it, or has it now; it was paused or removed, or its tenant is suspended. */
  | { readonly state: 'passed_over' }
  | { readonly state: 'turned'; readonly events: number; readonly failed: number; readonly ended: boolean }

export interface TroubledSchedule extends SchedulePlace {
  readonly name: string
  /** Why it cannot run; null: nobody has looked at it in time. */
  readonly trouble: { readonly code: string; readonly message: string } | null
  readonly overdueMs: number
}

/**
 * Schedules as rows. A turn is one transaction that holds the schedule's row: it begins a run that is due, or takes the run under
 * way one page further, and writes that page's events with the new cursor. Whoever dies in it leaves everything as it was, so each
 * entity gets the event of one run once, and one daemon fires each run.
 */
export interface ScheduleStore {
  /** Where Schedule documents are active, or rows of schedules are left. Across tenants. */
  places(): Promise<readonly SchedulePlace[]>
  /**
   * Makes the rows of a place those of its documents. A new schedule, or one whose times changed, is next due by `nextAfter`;
   * removed ones go, with their open runs cancelled. `version` (the directory's) guards against a daemon that is behind: what a
   * newer one wrote stays. Returns whether anything changed.
   */
  sync(place: SchedulePlace, schedules: readonly CompiledSchedule[], version: string): Promise<boolean>
  /** What is to be worked on now in these shards, by the database's clock: active tenants, not paused. Across tenants. */
  due(shards: readonly number[], max: number): Promise<readonly DueSchedule[]>
  /** One turn. Throws NX-DB-…. */
  turn(due: DueSchedule, turn: ScheduleTurn): Promise<TurnReport>
  /** Says why a schedule cannot run now, and looks again after `laterMs`. */
  trouble(due: DueSchedule, code: string, message: string, laterMs: number): Promise<void>
  /** Milliseconds until anything of these shards is due; null: nothing is. Across tenants. */
  nextDueMs(shards: readonly number[]): Promise<number | null>
  /** What needs somebody: schedules that cannot run, or whose time came more than `overdueMs` ago. Across tenants, worst first. */
  attention(overdueMs: number, max: number): Promise<readonly TroubledSchedule[]>
  /** Forgets runs that ended more than `keepMs` ago, at most `max`. Returns how many. */
  forgetRuns(keepMs: number, max: number): Promise<number>
}
