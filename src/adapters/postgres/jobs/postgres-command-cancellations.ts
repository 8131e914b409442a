import type pg from 'pg'
import { NxError } from '../../../kernel/errors.ts'
import { isUuid } from '../../../kernel/ids.ts'
import { entityKey } from '../../../messaging/events/entity-key.ts'
import type { Actor } from '../../../platform/access/actor.ts'
import type { CommandCancellations, CommandSelection } from '../../../platform/jobs/command-cancellations.ts'
import { jobItemsMax } from '../../../platform/jobs/job.ts'
import type { Job, JobPace } from '../../../platform/jobs/job.ts'
import { inTenants, run, withRetries } from '../connection/transaction.ts'
import { createJob, jobTooLarge, newJobId } from './create-job.ts'

const freeze = {
  name: 'cancel_freeze',
  text: `
insert into job_item (job_id, ord, tenant_id, target)
select $7::uuid, row_number() over (order by created_at, id), $1, id::text from (
  select c.id, c.created_at from command c
  cross join lateral (
    select n from command_lane l where l.command_id = c.id and l.state in ('waiting', 'ready') limit 1) l
  where c.tenant_id = $1 and ($2::uuid[] is null or c.id = any($2)) and ($3::text is null or c.integration = $3)
    and ($4::text is null or c.entity_key = $4) and ($5::timestamptz is null or c.created_at >= $5)
  order by c.created_at, c.id limit $6
) s
returning ord`,
}

/** Starts jobs that cancel commands, on Postgres. */
export class PostgresCommandCancellations implements CommandCancellations {
  readonly #pool: pg.Pool

  /** `pool` works as neuronx_app. */
  constructor(pool: pg.Pool) {
    this.#pool = pool
  }

  async start(
    tenantId: string,
    selection: CommandSelection,
    pace: JobPace,
    actor: Actor,
    reason: string,
  ): Promise<Job> {
    const { ids, integration = null, entity, since = null, max } = selection
    const key = entity === undefined ? null : entityKey(entity.workspace, entity)
    const named = ids === undefined ? null : [...new Set(ids)].filter(isUuid)
    // One more than may be, which tells that there are more.
    const most = Math.min(max ?? jobItemsMax + 1, jobItemsMax + 1)
    return withRetries(this.#pool, async () =>
      inTenants(this.#pool, [tenantId], async (client) => {
        const id = newJobId()
        const rows = await run(client, freeze, [tenantId, named, integration, key, since, most, id])
        const total = rows.length
        if (total === 0) throw noCommands()
        if (total > jobItemsMax) throw jobTooLarge()
        const filter = { integration, entity: key, since, named: named?.length ?? null }
        const options = { selection: filter }
        const job = { id, tenantId, kind: 'command.cancel', options, pace, total, walk: null } as const
        return createJob(client, job, actor, reason)
      }),
    )
  }
}

function noCommands(): NxError {
  return new NxError('not_found', 'NX-COMMAND-NOT-FOUND', 'No command matches', {
    detail: 'Looked for among those that wait or are ready; what is at work or in doubt cannot be cancelled.',
    fix: 'neuronx command list --state ready',
  })
}
