import type pg from 'pg'
import type {
  FollowBegun,
  FollowedWorkflow,
  FollowStore,
  FollowTarget,
} from '../../../sales-core/workflows/operations/follow-store.ts'
import { jobItemsMax } from '../../../platform/jobs/job.ts'
import { inTenants, run, runAlone, withRetries } from '../connection/transaction.ts'
import { createJob, newJobId } from '../jobs/create-job.ts'

const columns = `f.tenant_id as "tenantId", f.workspace, f.workflow, f.definition_digest as "definitionDigest",
  f.times_digest as "timesDigest", coalesce(j.busy, false) as "isBusy"`

const jobOf = `
left join lateral (
  select o.status in ('waiting', 'running', 'paused') as busy from job o where o.id = f.job_id limit 1) j on true`

const known = {
  name: 'workflow_follow_known',
  text: `
select ${columns} from workflow_follow f ${jobOf}
where $2::uuid is null or (f.tenant_id, f.workspace, f.workflow) > ($2::uuid, $3::text, $4::text)
order by f.tenant_id, f.workspace, f.workflow limit $1`,
}

/** Held to the end: two daemons do not begin the same. */
const hold = {
  name: 'workflow_follow_hold',
  text: `
select 1 as held from workflow_follow f ${jobOf}
where f.tenant_id = $1 and f.workspace = $2 and f.workflow = $3 and f.definition_digest = $4 and f.times_digest = $5
  and not coalesce(j.busy, false)
for no key update of f`,
}

/** `followed` is `<definition>/<times>`: who has been asked for just this is not asked again. */
const freeze = {
  name: 'workflow_follow_freeze',
  text: `
insert into job_item (job_id, ord, tenant_id, target)
select $5::uuid, row_number() over (order by w.started_at, w.id), $1, w.id::text from (
  select w.id, w.started_at from workflow_instance w
  where w.workflow = $3 and w.tenant_id = $1 and w.status = 'waiting' and split_part(w.entity_key, '/', 1) = $2
    and w.followed is distinct from $4
    and ($6 or (w.definition_digest <> split_part($4, '/', 1) and split_part(w.followed, '/', 1) is distinct from split_part($4, '/', 1)))
  order by w.started_at, w.id limit $7) w
returning ord`,
}

const settle = {
  name: 'workflow_follow_settle',
  text: `
update workflow_follow set job_id = coalesce($4::uuid, job_id), definition_digest = coalesce($5, definition_digest),
  times_digest = coalesce($6, times_digest)
where tenant_id = $1 and workspace = $2 and workflow = $3`,
}

const actor = { kind: 'daemon', name: 'workflow-follow' } as const

/** Which definitions instances in flight were brought to, on Postgres. */
export class PostgresFollowStore implements FollowStore {
  readonly #pools: { readonly app: pg.Pool; readonly relay: pg.Pool }
  readonly #itemsMax: number

  constructor(pools: { readonly app: pg.Pool; readonly relay: pg.Pool }, itemsMax = jobItemsMax) {
    this.#pools = pools
    this.#itemsMax = itemsMax
  }

  async known(max: number, after: FollowedWorkflow | null): Promise<readonly FollowedWorkflow[]> {
    const values = [max, after?.tenantId ?? null, after?.workspace ?? null, after?.workflow ?? null]
    return await runAlone<FollowedWorkflow>(this.#pools.relay, known, values)
  }

  async begin(at: FollowedWorkflow, target: FollowTarget): Promise<FollowBegun | null> {
    const { app } = this.#pools
    return await withRetries(app, async () =>
      inTenants(app, [at.tenantId], async (client) => await this.#begin(client, at, target)),
    )
  }

  async #begin(
    client: pg.ClientBase,
    { tenantId, workspace, workflow, ...was }: FollowedWorkflow,
    { definitionDigest, timesDigest, scope, perSecond }: FollowTarget,
  ): Promise<FollowBegun | null> {
    const key = [tenantId, workspace, workflow]
    const held = await run(client, hold, [...key, was.definitionDigest, was.timesDigest])
    if (held.length === 0) return null
    const jobId = newJobId()
    const token = `${definitionDigest}/${timesDigest}`
    const wanted = [...key, token, jobId, scope === 'all', this.#itemsMax]
    const total = scope === 'none' ? 0 : (await run(client, freeze, wanted)).length
    const complete = total < this.#itemsMax
    const reached = complete ? [definitionDigest, timesDigest] : [null, null]
    await run(client, settle, [...key, total === 0 ? null : jobId, ...reached])
    if (total === 0) return { jobId: null, asked: 0, complete: true }
    const options = { workspace, workflow, definitions: { [workflow]: token } }
    const pace = { perSecond, canary: 0, stopOnFailShare: null, startAt: null }
    const job = { id: jobId, tenantId, kind: 'workflow.follow', options, pace, total, walk: null } as const
    await createJob(client, job, actor, `${workflow} or its calendars changed`)
    return { jobId, asked: total, complete }
  }
}
