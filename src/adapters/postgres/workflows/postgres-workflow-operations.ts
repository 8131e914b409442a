import type pg from 'pg'
import { NxError } from '../../../kernel/errors.ts'
import { isUuid } from '../../../kernel/ids.ts'
import type { JsonObject } from '../../../kernel/json.ts'
import type { Actor } from '../../../platform/access/actor.ts'
import { jobItemsMax } from '../../../platform/jobs/job.ts'
import type { Job, JobPace } from '../../../platform/jobs/job.ts'
import type {
  InstanceAction,
  InstancePlan,
  InstanceSelection,
  WorkflowOperations,
} from '../../../sales-core/workflows/operations/workflow-operations.ts'
import { inTenants, run, withRetries } from '../connection/transaction.ts'
import { createJob, estimatedMs, jobTooLarge, newJobId, requirePace } from '../jobs/create-job.ts'
import { placesOf } from './place-statements.ts'

type Place = Parameters<WorkflowOperations['plan']>[0]

const conditions = `split_part(w.entity_key, '/', 1) = $2 and ($4::text is null or $4 = any(${placesOf}))
  and ($5::text is null or left(w.definition_digest, length($5)) = $5) and ($6::timestamptz is null or w.started_at < $6)`

const selected = {
  filter: `
select w.* from workflow_instance w
where w.workflow = $3 and w.tenant_id = $1 and w.status = $8 and ${conditions} order by w.started_at, w.id limit $7`,
  ids: `
select w.* from unnest($3::uuid[]) x(id)
cross join lateral (select * from workflow_instance i where i.tenant_id = $1 and i.id = x.id limit 1) w
where ${conditions} and $8::text is not null order by w.started_at, w.id limit $7`,
} as const

const planOf = (by: keyof typeof selected): string => `
with picked as materialized (
  select w.id, w.workflow, w.status, w.started_at, coalesce((${placesOf})[1], 'none') as step from (${selected[by]}) w
), judged as (
  select *, case when $9 = 'retry' then case when status = 'done' then 'has come to its end' end
    when status <> 'waiting' then 'has ended' end as why from picked
)
select (select count(*)::integer from judged) as total,
  (select coalesce(jsonb_object_agg(why, n), '{}') from (select why, count(*) as n from judged where why is not null group by 1) s)
    as skipped,
  (select coalesce(jsonb_object_agg(workflow, n), '{}') from (select workflow, count(*) as n from judged group by 1) s) as workflows,
  (select coalesce(jsonb_object_agg(step, n), '{}') from (select step, count(*) as n from judged group by 1) s) as steps,
  (select coalesce(array_agg(id order by started_at, id), '{}')
    from (select id, started_at from judged where why is null order by started_at, id limit 20) s)::text[] as first_ids`

const plans = {
  filter: { name: 'workflow_plan_filter', text: planOf('filter') },
  ids: { name: 'workflow_plan_ids', text: planOf('ids') },
}

const freezeOf = (by: keyof typeof selected): string => `
insert into job_item (job_id, ord, tenant_id, target)
select $9::uuid, row_number() over (order by w.started_at, w.id), $1, w.id::text from (${selected[by]}) w
returning ord`

const freeze = {
  filter: { name: 'workflow_freeze_filter', text: freezeOf('filter') },
  ids: { name: 'workflow_freeze_ids', text: freezeOf('ids') },
}

interface PlanRow {
  readonly total: number
  readonly skipped: Readonly<Record<string, number>>
  readonly workflows: Readonly<Record<string, number>>
  readonly steps: Readonly<Record<string, number>>
  readonly first_ids: readonly string[]
}

/** Plans and starts what people do with workflow instances, on Postgres. */
export class PostgresWorkflowOperations implements WorkflowOperations {
  readonly #pool: pg.Pool

  /** `pool` works as neuronx_app. */
  constructor(pool: pg.Pool) {
    this.#pool = pool
  }

  async plan(
    place: Place,
    selection: InstanceSelection,
    action: InstanceAction,
    pace: JobPace,
  ): Promise<InstancePlan> {
    requirePace(pace)
    const { by, values } = bound(place, selection, action)
    const [row] = await inTenants(this.#pool, [place.tenantId], async (client) =>
      run<PlanRow>(client, plans[by], [...values, action.kind]),
    )
    const plan = row as PlanRow
    if (plan.total > jobItemsMax) throw jobTooLarge()
    return {
      total: plan.total,
      skipped: plan.skipped,
      byWorkflow: plan.workflows,
      byStep: plan.steps,
      estimatedMs: estimatedMs(plan.total, pace),
      firstIds: plan.first_ids,
    }
  }

  async start(
    place: Place,
    selection: InstanceSelection,
    action: InstanceAction,
    pace: JobPace,
    actor: Actor,
    reason: string,
  ): Promise<Job> {
    const { tenantId, workspace } = place
    const { by, values } = bound(place, selection, action)
    return withRetries(this.#pool, async () =>
      inTenants(this.#pool, [tenantId], async (client) => {
        const id = newJobId()
        const total = (await run(client, freeze[by], [...values, id])).length
        if (total === 0) throw noInstances()
        if (total > jobItemsMax) throw jobTooLarge()
        const { ids, ...filter } = selection
        const named = ids === undefined ? {} : { named: ids.length }
        const options = { workspace, action: { ...action }, selection: { ...filter, ...named } } as JsonObject
        const kind = `workflow.${action.kind}` as const
        return await createJob(
          client,
          { id, tenantId, kind, options, pace, total, walk: null },
          actor,
          reason,
        )
      }),
    )
  }
}

function bound(
  { tenantId, workspace }: Place,
  selection: InstanceSelection,
  { kind }: InstanceAction,
): { readonly by: 'filter' | 'ids'; readonly values: readonly unknown[] } {
  const { ids, workflow, step = null, definition = null, startedBefore = null, max } = selection
  // One more than may be, which tells that there are more.
  const most = Math.min(max ?? jobItemsMax + 1, jobItemsMax + 1)
  const rest = [step, definition, startedBefore, most, kind === 'retry' ? 'failed' : 'waiting']
  if (ids !== undefined)
    return { by: 'ids', values: [tenantId, workspace, [...new Set(ids)].filter(isUuid), ...rest] }
  if (workflow === undefined) throw noInstances()
  return { by: 'filter', values: [tenantId, workspace, workflow, ...rest] }
}

function noInstances(): NxError {
  return new NxError('not_found', 'NX-WORKFLOW-INSTANCE-NOT-FOUND', 'No workflow instance matches', {
    detail:
      'Filters look among the instances of one workflow that wait, or (retry) that failed, in one workspace.',
    fix: 'neuronx workflow count',
  })
}
