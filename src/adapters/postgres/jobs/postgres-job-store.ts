import type pg from 'pg'
import { NxError } from '../../../kernel/errors.ts'
import { isUuid } from '../../../kernel/ids.ts'
import type { Page, PageRequest } from '../../../messaging/reading/event-reader.ts'
import { actorName } from '../../../platform/access/actor.ts'
import type { Actor } from '../../../platform/access/actor.ts'
import type { JobFilter, JobStore } from '../../../platform/jobs/job-store.ts'
import type { Job, JobItem } from '../../../platform/jobs/job.ts'
import { inRole, inTenants, run, withRetries } from '../connection/transaction.ts'
import { writeAudit } from '../platform/write-audit.ts'
import { badCursor, decodeCursor, pageOf, rowsWanted } from '../reading/page-cursor.ts'
import { jobColumns, jobOfRow } from './job-row.ts'
import type { JobRow } from './job-row.ts'

const byId = (lock: string) => `
select ${jobColumns} from job j where j.id = $2 and (j.tenant_id = $1 or ($1::uuid is null and j.tenant_id is null)) ${lock}`

const jobById = { name: 'job_by_id', text: byId('') }
const lockJob = { name: 'job_lock', text: byId('for no key update') }

const listOf = (whose: string) => `
select ${jobColumns} from job j
where ${whose} and ($2::text is null or j.status = $2) and ($3::text is null or j.kind = $3)
  and ($4::timestamptz is null or (j.created_at, j.id) < ($4::timestamptz, $5::uuid))
  and ($7::text is null or split_part(j.kind, '.', 1) = $7)
order by j.created_at desc, j.id desc limit $6`

const listOfTenant = { name: 'job_list', text: listOf('j.tenant_id = $1') }
const listOfInstallation = {
  name: 'job_list_installation',
  text: listOf('$1::uuid is null and j.tenant_id is null'),
}

const items = {
  name: 'job_items',
  text: `
select ord, target, status, note from job_item where tenant_id = $1 and job_id = $2 and ord > $3 order by ord limit $4`,
}

/** Waits for the step under way, which holds the row; a new run number makes its owner see that the job is no longer its. */
const changes = {
  pause: {
    name: 'job_pause',
    text: `
update job j set status = 'paused', paused_because = $2, paused_itself = false, owner = null, run = run + 1 where j.id = $1 returning ${jobColumns}`,
  },
  resume: {
    name: 'job_resume',
    text: `
update job j set status = 'waiting', paused_because = null, claimable_at = greatest(clock_timestamp(), start_at)
where j.id = $1 and $2::text is not null returning ${jobColumns}`,
  },
  cancel: {
    name: 'job_cancel',
    text: `
update job j set status = 'cancelled', paused_because = null, owner = null, run = run + 1, ended_at = clock_timestamp()
where j.id = $1 and $2::text is not null returning ${jobColumns}`,
  },
} as const

type Change = keyof typeof changes

/** What needs no change: it is so already. */
const settledStates: Readonly<Record<Change, readonly Job['status'][]>> = {
  pause: ['paused'],
  resume: ['waiting', 'running'],
  cancel: [],
}

/** Jobs as people see and steer them, on Postgres. */
export class PostgresJobStore implements JobStore {
  readonly #app: pg.Pool
  readonly #control: pg.Pool

  constructor(pools: { app: pg.Pool; control: pg.Pool }) {
    this.#app = pools.app
    this.#control = pools.control
  }

  async job(tenantId: string | null, id: string): Promise<Job | null> {
    if (!isUuid(id)) return null
    const [row] = await this.#within(tenantId, async (client) => run<JobRow>(client, jobById, [tenantId, id]))
    return row === undefined ? null : jobOfRow(row)
  }

  async list(tenantId: string | null, filter: JobFilter, page: PageRequest): Promise<Page<Job>> {
    const [at, after] = recentCursor(page.cursor) ?? [null, null]
    const { status = null, kind = null } = filter
    const rows = await this.#within(tenantId, async (client) =>
      run<JobRow>(client, tenantId === null ? listOfInstallation : listOfTenant, [
        tenantId,
        status,
        kind,
        at,
        after,
        rowsWanted(page),
        filter.topic ?? null,
      ]),
    )
    return pageOf(rows, page, jobOfRow, (row) => [row.created_at, row.id])
  }

  async items(tenantId: string | null, id: string, page: PageRequest): Promise<Page<JobItem>> {
    const [after = '0'] = decodeCursor(page.cursor, 1) ?? []
    if (!/^\d{1,9}$/.test(after)) throw badCursor()
    if (tenantId === null || !isUuid(id)) return { items: [], cursor: null }
    const rows = await inTenants(this.#app, [tenantId], async (client) =>
      run<JobItem>(client, items, [tenantId, id, after, rowsWanted(page)]),
    )
    return pageOf(
      rows,
      page,
      (row) => row,
      (row) => [String(row.ord)],
    )
  }

  async pause(tenantId: string | null, id: string, actor: Actor, reason: string | null): Promise<Job> {
    return this.#change('pause', tenantId, id, actor, reason)
  }

  async resume(tenantId: string | null, id: string, actor: Actor, reason: string | null): Promise<Job> {
    return this.#change('resume', tenantId, id, actor, reason)
  }

  async cancel(tenantId: string | null, id: string, actor: Actor, reason: string | null): Promise<Job> {
    return this.#change('cancel', tenantId, id, actor, reason)
  }

  async #change(
    change: Change,
    tenantId: string | null,
    id: string,
    actor: Actor,
    reason: string | null,
  ): Promise<Job> {
    return withRetries(this.#app, async () =>
      this.#within(tenantId, async (client) => {
        const [row] = isUuid(id) ? await run<JobRow>(client, lockJob, [tenantId, id]) : []
        if (row === undefined) throw jobNotFound(id)
        const before = jobOfRow(row)
        if (before.endedAt !== null) throw jobEnded(before)
        if (settledStates[change].includes(before.status)) return before
        const because = reason ?? `by ${actorName(actor)}`
        const [changed] = await run<JobRow>(client, changes[change], [before.id, because])
        const after = jobOfRow(changed as JobRow)
        await writeAudit(client, {
          tenantId,
          actor: actorName(actor),
          action: `job.${change}`,
          target: `job/${before.id}`,
          reason,
          before: { status: before.status, counts: { ...before.counts } },
          after: { status: after.status },
        })
        return after
      }),
    )
  }

  /** The installation's jobs are no tenant's rows: only a role that crosses tenants sees them. */
  async #within<T>(tenantId: string | null, work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
    return tenantId === null ? inRole(this.#control, work) : inTenants(this.#app, [tenantId], work)
  }
}

/** NX-JOB-NOT-FOUND. */
export function jobNotFound(id: string): NxError {
  return new NxError('not_found', 'NX-JOB-NOT-FOUND', `There is no job '${id.slice(0, 60)}'`, {
    fix: 'neuronx job list',
  })
}

function jobEnded(job: Job): NxError {
  return new NxError('conflict', 'NX-JOB-ENDED', `The job has ended: it is ${job.status}`, {
    detail: `job/${job.id} ended at ${job.endedAt ?? ''}`,
    fix: 'What failed can be selected and started again as a new job.',
  })
}

/** (created_at, id). */
function recentCursor(cursor: string | null): readonly string[] | null {
  const values = decodeCursor(cursor, 2)
  if (values === null) return null
  const [at = '', id = ''] = values
  if (Number.isNaN(Date.parse(at)) || !isUuid(id)) throw badCursor()
  return values
}
