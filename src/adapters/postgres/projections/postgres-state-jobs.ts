import type pg from 'pg'
import { NxError } from '../../../kernel/errors.ts'
import { newId } from '../../../kernel/ids.ts'
import { entityKey } from '../../../messaging/events/entity-key.ts'
import type { Actor } from '../../../platform/access/actor.ts'
import { jobItemsMax } from '../../../platform/jobs/job.ts'
import type { Job, JobPace } from '../../../platform/jobs/job.ts'
import type { StateJobs, StateSelection } from '../../../sales-core/state/state-jobs.ts'
import { inReadOnlyTenants, inTenants, run, withRetries } from '../connection/transaction.ts'
import { createJob, jobTooLarge, newJobId } from '../jobs/create-job.ts'

const selected = `
from entity e
where e.tenant_id = $1 and ($2::text is null or e.workspace = $2) and ($3::text is null or e.kind = $3)
  and ($4::text[] is null or e.entity_key = any($4))`

const countSelected = { name: 'state_count', text: `select count(*)::integer as n ${selected}` }

/** A sample is the first in an order that nobody can foresee. */
const freeze = {
  name: 'state_freeze',
  text: `
insert into job_item (job_id, ord, tenant_id, target)
select $5::uuid, row_number() over (order by entity_key), $1, entity_key
from (
  select e.entity_key ${selected}
  order by case when $6::integer is not null then md5(e.entity_key || $7::text) end, e.entity_key limit coalesce($6, $8)) s
returning ord`,
}

/** Makes jobs over entities and their histories, on Postgres. */
export class PostgresStateJobs implements StateJobs {
  readonly #pool: pg.Pool

  /** `pool` works as neuronx_app. */
  constructor(pool: pg.Pool) {
    this.#pool = pool
  }

  async count(tenantId: string, selection: StateSelection): Promise<number> {
    const rows = await inReadOnlyTenants(this.#pool, [tenantId], async (client) =>
      run<{ n: number }>(client, countSelected, valuesOf(tenantId, selection)),
    )
    const n = rows[0]?.n ?? 0
    return selection.sample === null ? n : Math.min(n, selection.sample)
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
        const { sample } = selection
        const values = [...valuesOf(tenantId, selection), id, sample, newId(), jobItemsMax + 1]
        const total = (await run(client, freeze, values)).length
        if (total === 0) throw noEntities()
        if (total > jobItemsMax) throw jobTooLarge()
        const { workspace, kind: entityKind, refs } = selection
        const options = { selection: { workspace, kind: entityKind, sample, named: refs?.length ?? null } }
        return createJob(client, { id, tenantId, kind, options, pace, total, walk: null }, actor, reason)
      }),
    )
  }
}

function valuesOf(tenantId: string, { workspace, kind, refs }: StateSelection): readonly unknown[] {
  const keys = refs === null ? null : refs.map((ref) => entityKey(workspace ?? 'default', ref))
  return [tenantId, workspace, kind, keys]
}

function noEntities(): NxError {
  return new NxError('not_found', 'NX-ENTITY-NOT-FOUND', 'No entity matches', {
    fix: 'neuronx entity list shows what there is.',
  })
}
