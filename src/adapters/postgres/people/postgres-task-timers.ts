import type pg from 'pg'
import type { Clock } from '../../../kernel/clock.ts'
import { parseEntityKey } from '../../../messaging/events/entity-key.ts'
import type { NxEvent } from '../../../messaging/events/event.ts'
import { taskTimerEvent } from '../../../sales-core/people/task-timer.ts'
import { run } from '../connection/transaction.ts'
import { RowTimers } from '../decisions/row-timers.ts'
import type { TimedRows } from '../decisions/row-timers.ts'

/** Found across tenants; looked at again, locked, in the transaction of their tenants. */
const findDue = {
  name: 'task_find_due',
  text: `
select tenant_id, entity_key from task
where shard = any($1::smallint[]) and next_at is not null and next_at <= statement_timestamp() order by next_at limit $2`,
}

const fire = {
  name: 'task_fire',
  text: `
with due as (
  select t.tenant_id, t.entity_key
  from (select * from unnest($1::uuid[], $2::text[]) as k(tenant_id, entity_key) order by tenant_id, entity_key) x
  cross join lateral (
    select * from task t where t.tenant_id = x.tenant_id and t.entity_key = x.entity_key and t.next_at <= clock_timestamp()
    limit 1 for no key update skip locked) t
)
update task t set next_at = null from due
where t.tenant_id = due.tenant_id and t.entity_key = due.entity_key
returning t.tenant_id, t.entity_key, t.rung, t.correlation_id, t.opened_by`,
}

const nextDue = {
  name: 'task_next_due',
  text: `
select extract(epoch from min(f.next_at) - clock_timestamp())::double precision * 1000 as ms
from unnest($1::smallint[]) s(shard) cross join lateral (
  select next_at from task t where t.shard = s.shard and t.next_at is not null order by t.next_at limit 1) f`,
}

interface FoundRow {
  readonly tenant_id: string
  readonly entity_key: string
}

interface DueRow extends FoundRow {
  readonly rung: number
  readonly correlation_id: string
  readonly opened_by: string
}

const taskRows: TimedRows<FoundRow> = {
  findDue,
  nextDue,
  take: async (client, found, time) => {
    const keys = found.map((row) => row.entity_key)
    const rows = await run<DueRow>(client, fire, [found.map((row) => row.tenant_id), keys])
    return rows.map((row) => dueEvent(row, time))
  },
}

/** When tasks are due and their ladders' rungs come: a `task.due` event of the task each. */
export class PostgresTaskTimers extends RowTimers<FoundRow> {
  constructor(pools: { relay: pg.Pool; app: pg.Pool }, clock: Clock) {
    super(pools, clock, taskRows)
  }
}

function dueEvent(row: DueRow, time: string): NxEvent {
  const { workspace, subject } = parseEntityKey(row.entity_key)
  return taskTimerEvent(
    {
      tenantId: row.tenant_id,
      workspace,
      ref: subject,
      rung: row.rung,
      correlationId: row.correlation_id,
      openedBy: row.opened_by,
    },
    time,
  )
}
