import type { JsonObject } from '../../../kernel/json.ts'
import type { Job, JobKind, JobStatus } from '../../../platform/jobs/job.ts'

/** A row of `job` as `jobColumns` selects it. */
export interface JobRow {
  readonly id: string
  readonly tenant_id: string | null
  readonly kind: JobKind
  readonly status: JobStatus
  readonly options: JsonObject
  readonly per_second: number | null
  readonly canary: number
  readonly stop_on_fail_share: number | null
  readonly start_at: string | null
  readonly total: number
  readonly done: number
  readonly skipped: number
  readonly failed: number
  readonly sums: Readonly<Record<string, number>>
  readonly first_error: string | null
  readonly paused_because: string | null
  readonly actor: string
  readonly reason: string | null
  readonly created_at: string
  readonly started_at: string | null
  readonly ended_at: string | null
}

/** Of a table aliased `j`. */
export const jobColumns = `j.id, j.tenant_id, j.kind, j.status, j.options, j.per_second, j.canary, j.stop_on_fail_share, j.start_at,
  j.total, j.done, j.skipped, j.failed, j.sums, j.first_error, j.paused_because, j.actor, j.reason, j.created_at, j.started_at, j.ended_at`

/** The job in a row. */
export function jobOfRow(row: JobRow): Job {
  return {
    id: row.id,
    tenantId: row.tenant_id,
    kind: row.kind,
    status: row.status,
    options: row.options,
    pace: {
      perSecond: row.per_second,
      canary: row.canary,
      stopOnFailShare: row.stop_on_fail_share,
      startAt: row.start_at,
    },
    counts: { total: row.total, done: row.done, skipped: row.skipped, failed: row.failed },
    sums: row.sums,
    firstError: row.first_error,
    pausedBecause: row.paused_because,
    actor: row.actor,
    reason: row.reason,
    createdAt: row.created_at,
    startedAt: row.started_at,
    endedAt: row.ended_at,
  }
}
