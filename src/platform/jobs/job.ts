import type { JsonObject } from '../../kernel/json.ts'

/** What a job does to each of its items. */
export type JobKind =
  | 'dlq.replay'
  | 'dlq.resolve'
  | 'dlq.discard'
  | 'outbox.replay'
  | 'event.replay'
  | 'command.cancel'
  | 'workflow.cancel'
  | 'workflow.retry'
  | 'workflow.signal'
  | 'workflow.follow'
  | 'score.recompute'
  | 'entity.verify'
  | 'entity.rebuild'

/**
 * waiting: to be begun (or gone on with) by whoever is free   running: somebody holds its lease   paused: by a person, or because
 * too many items failed   succeeded: every item is done or skipped   partly_failed: it ended, some items failed   cancelled
 */
export type JobStatus = 'waiting' | 'running' | 'paused' | 'succeeded' | 'partly_failed' | 'cancelled'

/** How fast and how carefully a job goes. Fixed when it is made. */
export interface JobPace {
  /** Most items a second; null: as fast as it can. At most 500. */
  readonly perSecond: number | null
  /** The first items, whose effects are waited for before the rest begins. 0: none. */
  readonly canary: number
  /** Share of failed items among those that ended at which it pauses itself, 0 to 1; null: never. */
  readonly stopOnFailShare: number | null
  /** Not before. RFC 3339, UTC; null: now. */
  readonly startAt: string | null
}

export interface JobCounts {
  readonly total: number
  readonly done: number
  readonly skipped: number
  readonly failed: number
}

/** A bulk action as a durable row: it survives the process that began it. */
export interface Job {
  readonly id: string
  /** null: the installation's (`outbox.replay` of all tenants). */
  readonly tenantId: string | null
  readonly kind: JobKind
  readonly status: JobStatus
  /** The filter as it was given and what the kind needs: for people and for the handler. No secrets. */
  readonly options: JsonObject
  readonly pace: JobPace
  readonly counts: JobCounts
  /** Kind-specific sums: `{"suppressed": 12}`. */
  readonly sums: Readonly<Record<string, number>>
  readonly firstError: string | null
  /** Why it is paused; null when it is not. */
  readonly pausedBecause: string | null
  readonly actor: string
  readonly reason: string | null
  readonly createdAt: string
  readonly startedAt: string | null
  readonly endedAt: string | null
}

export type JobItemStatus = 'pending' | 'done' | 'skipped' | 'failed'

/** One thing of a job's selection, which was frozen when the job was made. */
export interface JobItem {
  readonly ord: number
  /** Id of the dead letter, command or event. */
  readonly target: string
  readonly status: JobItemStatus
  /** What it became (`as` id), why it was skipped, what failed. */
  readonly note: string | null
}

/** Most items of a job whose selection is a list. */
export const jobItemsMax = 100_000
