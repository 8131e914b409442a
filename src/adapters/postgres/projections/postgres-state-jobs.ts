import type pg from 'pg'
import { NxError } from '../../../kernel/errors.ts'
import { newId } from '../../../kernel/ids.ts'
import { entityKey, parseEntityKey } from '../../../messaging/events/entity-key.ts'
import type { EntityRef } from '../../../messaging/events/event.ts'
import type { Actor } from '../../../platform/access/actor.ts'
import { jobItemsMax } from '../../../platform/jobs/job.ts'
import type { Job, JobPace } from '../../../platform/jobs/job.ts'
import type { StateJobs, StatePlan, StateSelection } from '../../../sales-core/state/state-jobs.ts'
import { inReadOnlyTenants, inTenants, run, withRetries } from '../connection/transaction.ts'
import { createJob, newJobId } from '../jobs/create-job.ts'

const selected = `
from entity e
where e.tenant_id = $1 and ($2::text is null or e.workspace = $2) and ($3::text is null or e.kind = $3)
  and ($4::text[] is null or e.entity_key = any($4)) and ($5::text is null or e.entity_key > $5)`

const countSelected = { name: 'state_count', text: `select count(*)::integer as n ${selected}` }

/** A sample is the first in an order that nobody can foresee. */
const freeze = {
  name: 'state_freeze',
  text: `
with frozen as (
  insert into job_item (job_id, ord, tenant_id, target)
  select $6::uuid, row_number() over (order by entity_key), $1, entity_key
  from (
    select e.entity_key ${selected}
    order by case when $7::boolean then md5(e.entity_key || $8::text) end, e.entity_key limit $9) s
  returning ord, target)
select count(*)::integer as total, (array_agg(target order by ord desc))[1] as last from frozen`,
}

/** Makes jobs over entities and their histories, on Postgres. */
export class PostgresStateJobs implements StateJobs {
  readonly #pool: pg.Pool

  /** `pool` works as neuronx_app. */
  constructor(pool: pg.Pool) {
    this.#pool = pool
  }

  async plan(tenantId: string, selection: StateSelection): Promise<StatePlan> {
    const rows = await inReadOnlyTenants(this.#pool, [tenantId], async (client) =>
      run<{ n: number }>(client, countSelected, valuesOf(tenantId, selection)),
    )
    const matching = rows[0]?.n ?? 0
    return { entities: Math.min(matching, mostOf(selection)), matching }
  }

  async start(
    kind: 'entity.verify' | 'entity.rebuild',
    tenantId: string,
    selection: StateSelection,
    pace: JobPace,
    actor: Actor,
    reason: string | null,
  ): Promise<Job> {
    return withRetries(this.#pool, async () =>
      inTenants(this.#pool, [tenantId], async (client) => {
        const id = newJobId()
        const { workspace, kind: entityKind, refs, sample, max, after } = selection
        const values = [...valuesOf(tenantId, selection), id, sample !== null, newId(), mostOf(selection)]
        const [frozen] = await run<{ total: number; last: string | null }>(client, freeze, values)
        const { total = 0, last = null } = frozen ?? {}
        if (last === null) throw noEntities()
        const options = {
          selection: {
            workspace,
            kind: entityKind,
            sample,
            named: refs?.length ?? null,
            max,
            after: after === null ? null : { ...after },
            last: { ...parseEntityKey(last).subject },
          },
        }
        return createJob(client, { id, tenantId, kind, options, pace, total, walk: null }, actor, reason)
      }),
    )
  }
}

function mostOf({ sample, max }: StateSelection): number {
  return Math.min(sample ?? max, max, jobItemsMax)
}

function valuesOf(tenantId: string, { workspace, kind, refs, after }: StateSelection): readonly unknown[] {
  const keyOf = (ref: EntityRef): string => entityKey(workspace ?? 'default', ref)
  return [tenantId, workspace, kind, refs?.map(keyOf) ?? null, after === null ? null : keyOf(after)]
}

function noEntities(): NxError {
  return new NxError('not_found', 'NX-ENTITY-NOT-FOUND', 'No entity matches', {
    fix: 'neuronx entity list shows what there is.',
  })
}
