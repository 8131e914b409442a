import type pg from 'pg'
import type { Clock } from '../../../kernel/clock.ts'
import { parseEntityKey } from '../../../messaging/events/entity-key.ts'
import { workflowTimerEvent } from '../../../sales-core/workflows/workflow-timer.ts'
import { run } from '../connection/transaction.ts'
import { RowTimers } from './row-timers.ts'
import type { TimedRows } from './row-timers.ts'
import { timerStatements } from './timer-statements.ts'

/** Found by key first and joined by their place then: a plan that was made while the table was empty must not read all of a tenant's. */
const fire = {
  name: 'workflow_timer_fire',
  text: `
with due as (
  select t.tenant_id, t.entity_key, t.instance_id
  from (select * from unnest($1::uuid[], $2::text[], $3::uuid[]) as k(tenant_id, entity_key, instance_id) order by 1, 2, 3) x
  cross join lateral (
    select t.* from workflow_timer t
    where t.tenant_id = x.tenant_id and t.entity_key = x.entity_key and t.instance_id = x.instance_id
      and t.wake_at <= clock_timestamp()
    limit 1 for update skip locked) t
), fired as (
  delete from workflow_timer t using due d cross join lateral (
    select k.ctid from workflow_timer k
    where k.tenant_id = d.tenant_id and k.entity_key = d.entity_key and k.instance_id = d.instance_id limit 1) found
  where t.ctid = found.ctid
  returning t.tenant_id, t.entity_key, t.instance_id, t.seq
)
select f.tenant_id, f.entity_key, f.instance_id, f.seq, w.correlation_id, w.started_by
from fired f cross join lateral (
  select w.correlation_id, w.started_by from workflow_instance w where w.id = f.instance_id limit 1) w`,
}

interface FoundRow {
  readonly tenant_id: string
  readonly entity_key: string
  readonly instance_id: string
}

interface DueRow extends FoundRow {
  readonly seq: number
  readonly correlation_id: string
  readonly started_by: string
}

const timerRows: TimedRows<FoundRow> = {
  ...timerStatements({
    name: 'workflow_timer',
    table: 'workflow_timer',
    at: 'wake_at',
    key: ['entity_key', 'instance_id'],
  }),
  take: async (client, found, time) => {
    const keys = [
      found.map((row) => row.tenant_id),
      found.map((row) => row.entity_key),
      found.map((row) => row.instance_id),
    ]
    const rows = await run<DueRow>(client, fire, keys)
    return rows.map((row) => {
      const { workspace, subject: ref } = parseEntityKey(row.entity_key)
      const instance = { id: row.instance_id, seq: row.seq, startedByEventId: row.started_by }
      const { tenant_id: tenantId, correlation_id: correlationId } = row
      return workflowTimerEvent({ instance, tenantId, workspace, ref, correlationId }, time)
    })
  },
}

/** Waits of workflow instances: a `timer.due` event of its entity each. */
export class PostgresWorkflowTimers extends RowTimers<FoundRow> {
  constructor(pools: { relay: pg.Pool; app: pg.Pool }, clock: Clock) {
    super(pools, clock, timerRows)
  }
}
