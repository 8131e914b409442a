import type pg from 'pg'
import type { Clock } from '../../../kernel/clock.ts'
import { parseEntityKey } from '../../../messaging/events/entity-key.ts'
import type { NxEvent } from '../../../messaging/events/event.ts'
import { taskTimerEvent } from '../../../sales-core/people/task-timer.ts'
import { run } from '../connection/transaction.ts'
import { RowTimers } from '../decisions/row-timers.ts'
import type { TimedRows } from '../decisions/row-timers.ts'
import { timerStatements } from '../decisions/timer-statements.ts'

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
  ...timerStatements({ name: 'task', table: 'task', at: 'next_at', key: ['entity_key'] }),
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
