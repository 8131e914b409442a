import type pg from 'pg'
import type { Clock } from '../../../kernel/clock.ts'
import { parseEntityKey } from '../../../messaging/events/entity-key.ts'
import type { NxEvent } from '../../../messaging/events/event.ts'
import { decayedEvent } from '../../../sales-core/scoring/score-events.ts'
import { run } from '../connection/transaction.ts'
import { RowTimers } from '../decisions/row-timers.ts'
import type { TimedRows } from '../decisions/row-timers.ts'
import { timerStatements } from '../decisions/timer-statements.ts'

const fire = {
  name: 'score_fire',
  text: `
with due as (
  select t.tenant_id, t.entity_key, t.model
  from (select * from unnest($1::uuid[], $2::text[], $3::text[]) as k(tenant_id, entity_key, model)
    order by tenant_id, entity_key, model) x
  cross join lateral (
    select * from score_timer t
    where t.tenant_id = x.tenant_id and t.entity_key = x.entity_key and t.model = x.model and t.fire_at <= clock_timestamp()
    limit 1 for update skip locked) t
)
delete from score_timer t using due
where t.tenant_id = due.tenant_id and t.entity_key = due.entity_key and t.model = due.model
returning t.tenant_id, t.entity_key, t.model, t.fire_at`,
}

interface FoundRow {
  readonly tenant_id: string
  readonly entity_key: string
  readonly model: string
}

const scoreRows: TimedRows<FoundRow> = {
  ...timerStatements({ name: 'score', table: 'score_timer', at: 'fire_at', key: ['entity_key', 'model'] }),
  take: async (client, found, time) => {
    const keys = [found.map((row) => row.tenant_id), found.map((row) => row.entity_key)]
    const rows = await run<FoundRow & { fire_at: string }>(client, fire, [
      ...keys,
      found.map((row) => row.model),
    ])
    return rows.map((row) => eventOf(row, time))
  },
}

/** Bands that scores leave by decay alone: a `score.decayed` event of the entity each. */
export class PostgresScoreTimers extends RowTimers<FoundRow> {
  constructor(pools: { relay: pg.Pool; app: pg.Pool }, clock: Clock) {
    super(pools, clock, scoreRows)
  }
}

function eventOf(row: FoundRow & { readonly fire_at: string }, time: string): NxEvent {
  const { workspace, subject } = parseEntityKey(row.entity_key)
  const owner = { tenantId: row.tenant_id, workspace, ref: subject, model: row.model }
  return decayedEvent(owner, row.fire_at, time)
}
