import type pg from 'pg'
import { NxError } from '../../../kernel/errors.ts'
import type { Actor } from '../../../platform/access/actor.ts'
import type {
  EventReplayOptions,
  EventReplayPlan,
  EventReplays,
  EventSelection,
} from '../../../platform/jobs/event-replays.ts'
import { jobItemsMax } from '../../../platform/jobs/job.ts'
import type { Job, JobPace } from '../../../platform/jobs/job.ts'
import { inTenants, run, withRetries } from '../connection/transaction.ts'
import { createJob, estimatedMs, jobTooLarge, newJobId, requirePace } from './create-job.ts'
import {
  bindEvents,
  eventJudgeJoins,
  eventJudgeValues,
  judgeEvent,
  selectedEvents,
} from './event-selection.ts'

const commandsMax = 100

const planOf = (by: 'filter' | 'ids', [allowRepeat, cause]: readonly [string, string]) => `
with judged as materialized (
  select e.event_id, e.type, e.root_id, e.entity_key, e.created_at, e.txid, e.pos, ${judgeEvent(allowRepeat)} as why
  from (${selectedEvents[by]}) e ${eventJudgeJoins(cause)}
)
select (select count(*) from judged) as total,
  (select coalesce(jsonb_object_agg(why, n), '{}') from (select why, count(*) as n from judged where why is not null group by why) s)
    as skipped,
  (select coalesce(jsonb_object_agg(type, n), '{}') from (select type, count(*) as n from judged group by type) s) as types,
  (select count(distinct entity_key) from judged) as entities,
  (select min(created_at) from judged) as oldest, (select max(created_at) from judged) as newest,
  (select coalesce(array_agg(event_id order by txid, pos), '{}')
    from (select event_id, txid, pos from judged where why is null order by txid, pos limit 20) s)::text[] as first_ids,
  (select coalesce(jsonb_agg(jsonb_build_object('id', id, 'eventId', event_id, 'call', call, 'state', state)), '[]') from (
    select c.id, j.event_id, c.integration || '.' || c.operation as call, coalesce(o.state, l.state) as state
    from judged j
    cross join lateral (
      select * from command c where c.tenant_id = $1 and c.root_id = j.root_id and c.event_id = j.event_id
        and (${cause}::text is null or c.cause = ${cause})) c
    left join lateral (select state from command_outcome o where o.command_id = c.id limit 1) o on true
    left join lateral (select state from command_lane l where l.command_id = c.id limit 1) l on true
    where coalesce(o.state, l.state) in ('succeeded', 'waiting', 'ready', 'leased', 'in_doubt')
    order by j.txid, j.pos, c.id limit ${commandsMax}) s) as commands`

const plans = {
  filter: { name: 'event_replay_plan_filter', text: planOf('filter', ['$7', '$8']) },
  ids: { name: 'event_replay_plan_ids', text: planOf('ids', ['$8', '$9']) },
}

const freezeOf = (by: 'filter' | 'ids', job: string) => `
insert into job_item (job_id, ord, tenant_id, target)
select ${job}::uuid, row_number() over (order by e.txid, e.pos), $1, e.event_id::text from (${selectedEvents[by]}) e
returning ord`

const freeze = {
  filter: { name: 'event_replay_freeze_filter', text: freezeOf('filter', '$7') },
  ids: { name: 'event_replay_freeze_ids', text: freezeOf('ids', '$8') },
}

interface PlanRow {
  readonly total: number
  readonly skipped: Readonly<Record<string, number>>
  readonly types: Readonly<Record<string, number>>
  readonly entities: number
  readonly oldest: string | null
  readonly newest: string | null
  readonly first_ids: readonly string[]
  readonly commands: EventReplayPlan['commands']
}

/** Plans and starts replays of events, on Postgres. */
export class PostgresEventReplays implements EventReplays {
  readonly #pool: pg.Pool

  /** `pool` works as neuronx_app. */
  constructor(pool: pg.Pool) {
    this.#pool = pool
  }

  async plan(
    tenantId: string,
    selection: EventSelection,
    options: EventReplayOptions,
    pace: JobPace,
  ): Promise<EventReplayPlan> {
    requirePace(pace)
    const bound = bindEvents(tenantId, selection)
    const [row] = await inTenants(this.#pool, [tenantId], async (client) =>
      run<PlanRow>(client, plans[bound.by], [...bound.values, ...eventJudgeValues(options)]),
    )
    const plan = row as PlanRow
    if (plan.total > jobItemsMax) throw jobTooLarge()
    return {
      total: plan.total,
      skipped: plan.skipped,
      byType: plan.types,
      entities: plan.entities,
      oldestAt: plan.oldest,
      newestAt: plan.newest,
      estimatedMs: estimatedMs(plan.total, pace),
      firstIds: plan.first_ids,
      commands: plan.commands,
    }
  }

  async start(
    tenantId: string,
    selection: EventSelection,
    options: EventReplayOptions,
    pace: JobPace,
    actor: Actor,
    reason: string,
  ): Promise<Job> {
    const bound = bindEvents(tenantId, selection)
    return withRetries(this.#pool, async () =>
      inTenants(this.#pool, [tenantId], async (client) => {
        const id = newJobId()
        const total = (await run(client, freeze[bound.by], [...bound.values, id])).length
        if (total === 0) throw noEvents()
        if (total > jobItemsMax) throw jobTooLarge()
        const { ids, ...filter } = selection
        const named = ids === undefined ? {} : { named: ids.length }
        const kept = { replay: { ...options }, selection: { ...filter, ...named } }
        const job = { id, tenantId, kind: 'event.replay', options: kept, pace, total, walk: null } as const
        return createJob(client, job, actor, reason)
      }),
    )
  }
}

function noEvents(): NxError {
  return new NxError('not_found', 'NX-EVENT-NOT-FOUND', 'No event of the log matches', {
    detail: 'Events that are only recorded, and never travel the bus, cannot be replayed.',
    fix: 'neuronx event tail',
  })
}
