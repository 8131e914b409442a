import type pg from 'pg'
import type { Clock } from '../../../kernel/clock.ts'
import { parseEntityKey } from '../../../messaging/events/entity-key.ts'
import { workflowTimerEvent } from '../../../sales-core/workflows/workflow-timer.ts'
import { run } from '../connection/transaction.ts'
import { RowTimers } from './row-timers.ts'
import type { TimedRows } from './row-timers.ts'
import { timerStatements } from './timer-statements.ts'

const fire = {
  name: 'workflow_timer_fire',
  text: `
with due as (
  select id from workflow_instance
  where id = any($1::uuid[]) and wake_at <= clock_timestamp() order by id for no key update skip locked
)
update workflow_instance w set wake_at = null from due where w.id = due.id
returning w.id, w.tenant_id, w.entity_key, w.seq, w.correlation_id, w.started_by`,
}

interface FoundRow {
  readonly id: string
  readonly tenant_id: string
}

interface DueRow extends FoundRow {
  readonly entity_key: string
  readonly seq: number
  readonly correlation_id: string
  readonly started_by: string
}

const instanceRows: TimedRows<FoundRow> = {
  ...timerStatements({
    name: 'workflow_timer',
    table: 'workflow_instance',
    at: 'wake_at',
    key: ['id'],
    waits: `status = 'waiting'`,
  }),
  take: async (client, found, time) => {
    const rows = await run<DueRow>(client, fire, [found.map(({ id }) => id)])
    return rows.map(({ tenant_id: tenantId, entity_key, correlation_id: correlationId, ...row }) => {
      const { workspace, subject: ref } = parseEntityKey(entity_key)
      const instance = { id: row.id, seq: row.seq, startedByEventId: row.started_by }
      return workflowTimerEvent({ instance, tenantId, workspace, ref, correlationId }, time)
    })
  },
}

/** Waits of workflow instances: a `timer.due` event of its entity each. */
export class PostgresWorkflowTimers extends RowTimers<FoundRow> {
  constructor(pools: { relay: pg.Pool; app: pg.Pool }, clock: Clock) {
    super(pools, clock, instanceRows)
  }
}
