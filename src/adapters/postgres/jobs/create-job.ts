import type pg from 'pg'
import { NxError } from '../../../kernel/errors.ts'
import { newId } from '../../../kernel/ids.ts'
import type { JsonObject } from '../../../kernel/json.ts'
import { actorName } from '../../../platform/access/actor.ts'
import type { Actor } from '../../../platform/access/actor.ts'
import { jobItemsMax } from '../../../platform/jobs/job.ts'
import type { Job, JobKind, JobPace } from '../../../platform/jobs/job.ts'
import { jsonText } from '../connection/json-text.ts'
import { run } from '../connection/transaction.ts'
import { writeAudit } from '../platform/write-audit.ts'
import { jobColumns, jobOfRow } from './job-row.ts'
import type { JobRow } from './job-row.ts'

const insertJob = {
  name: 'job_insert',
  text: `
insert into job as j (id, tenant_id, kind, options, per_second, canary, stop_on_fail_share, start_at, claimable_at, total, walk, actor,
  reason)
values ($1, $2, $3, $4::jsonb, $5, $6, $7, $8::timestamptz, greatest(clock_timestamp(), $8::timestamptz), $9, $10::jsonb, $11, $12)
returning ${jobColumns}`,
}

/** A job to be. `total`: how many things it will do. */
export interface NewJob {
  readonly id: string
  readonly tenantId: string | null
  readonly kind: JobKind
  readonly options: JsonObject
  readonly pace: JobPace
  readonly total: number
  /** Where a job that walks the log begins; null for one with items. */
  readonly walk: JsonObject | null
}

/** An id for a job whose items are inserted before it is known how many they are. */
export function newJobId(): string {
  return newId()
}

/** Makes the job and its audit row, in the caller's transaction. Throws NX-JOB-PACE. */
export async function createJob(
  client: pg.ClientBase,
  job: NewJob,
  actor: Actor,
  reason: string | null,
): Promise<Job> {
  const { id, tenantId, kind, options, pace, total } = job
  requirePace(pace)
  const [row] = await run<JobRow>(client, insertJob, [
    id,
    tenantId,
    kind,
    jsonText(options),
    pace.perSecond,
    pace.canary,
    pace.stopOnFailShare,
    pace.startAt,
    total,
    job.walk === null ? null : jsonText(job.walk),
    actorName(actor),
    reason,
  ])
  await writeAudit(client, {
    tenantId,
    actor: actorName(actor),
    action: 'job.create',
    target: `job/${id}`,
    reason,
    before: null,
    after: { kind, options, pace: { ...pace }, total },
  })
  return jobOfRow(row as JobRow)
}

/** Most items a second. */
export const perSecondMax = 500

/** Throws NX-JOB-PACE (invalid) for a pace outside its limits. */
export function requirePace({ perSecond, canary, stopOnFailShare, startAt }: JobPace): void {
  const problem =
    perSecond !== null && !(perSecond > 0 && perSecond <= perSecondMax)
      ? `the rate must be above 0 and at most ${perSecondMax} a second, not ${perSecond}`
      : !(Number.isInteger(canary) && canary >= 0 && canary <= jobItemsMax)
        ? `the canary must be a whole number from 0 to ${jobItemsMax}, not ${canary}`
        : stopOnFailShare !== null && !(stopOnFailShare >= 0 && stopOnFailShare <= 1)
          ? `the share of failures must be from 0 to 1, not ${stopOnFailShare}`
          : startAt !== null && Number.isNaN(Date.parse(startAt))
            ? 'the start is not a time'
            : null
  if (problem === null) return
  throw new NxError('invalid', 'NX-JOB-PACE', 'The job cannot go at this pace', { detail: problem })
}

/** NX-JOB-TOO-LARGE. */
export function jobTooLarge(): NxError {
  return new NxError(
    'invalid',
    'NX-JOB-TOO-LARGE',
    `A job may have ${jobItemsMax} items; this selection has more`,
    {
      fix: 'Narrow the filter, or give the most with --max and run it again for the rest.',
    },
  )
}

/** How long so many items take at this pace; null when it has no rate. */
export function estimatedMs(total: number, { perSecond }: JobPace): number | null {
  return perSecond === null ? null : Math.round((total / perSecond) * 1_000)
}
