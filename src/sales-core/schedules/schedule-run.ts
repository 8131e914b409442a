/** Why a run began: its time came, or a person asked for it. */
export type RunCause = 'due' | 'manual'

/**
 * How a run stands.
 *   waiting        it begins when the one before it is over
 *   running        it goes through its entities
 *   done           everybody was looked at
 *   partly_failed  the same, and some could not be judged: `failed`, `firstError`
 *   skipped        it was missed, and the schedule says not to catch it up (`note` tells until when)
 *   cancelled      the schedule was removed, or changed to something else, before it was over
 */
export type RunStatus = 'waiting' | 'running' | 'done' | 'partly_failed' | 'skipped' | 'cancelled'

/** One run of a Schedule. Times are RFC 3339, UTC. */
export interface ScheduleRun {
  readonly id: string
  readonly tenantId: string
  readonly workspace: string
  readonly schedule: string
  readonly dueAt: string
  readonly cause: RunCause
  readonly status: RunStatus
  /** What it goes through and makes: `lead lead.checked`, `tenant stats.due`; null: it has not begun. */
  readonly target: string | null
  /** The key of the last entity looked at; null before the first. */
  readonly cursor: string | null
  /** Entities looked at, events made, entities that failed. */
  readonly looked: number
  readonly emitted: number
  readonly failed: number
  readonly firstError: string | null
  readonly note: string | null
  /** Who asked for it; null: its time came. */
  readonly actor: string | null
  readonly startedAt: string | null
  readonly endedAt: string | null
}
