import type pg from 'pg'
import type { Clock } from '../../../kernel/clock.ts'
import { parseEntityKey } from '../../../messaging/events/entity-key.ts'
import { ruleTimerEvent } from '../../../sales-core/decide/rules/rule-timer.ts'
import { run } from '../connection/transaction.ts'
import { RowTimers } from './row-timers.ts'
import type { TimedRows } from './row-timers.ts'
import { waitColumns, waitOfRow } from './rule-wait-rows.ts'
import type { WaitRow } from './rule-wait-rows.ts'
import { timerStatements } from './timer-statements.ts'

const fire = {
  name: 'rule_timer_fire',
  text: `
with due as (
  select id from rule_wait
  where id = any($1::uuid[]) and fire_at <= clock_timestamp() order by id for no key update skip locked
)
update rule_wait r set fire_at = null from due where r.id = due.id returning ${waitColumns}`,
}

type FoundRow = Pick<WaitRow, 'id' | 'tenant_id'>

const waitRows: TimedRows<FoundRow> = {
  ...timerStatements({ name: 'rule_timer', table: 'rule_wait', at: 'fire_at', key: ['id'] }),
  take: async (client, found, time) => {
    const rows = await run<WaitRow>(client, fire, [found.map(({ id }) => id)])
    return rows.map((row) => {
      const { workspace, subject: ref } = parseEntityKey(row.entity_key)
      return ruleTimerEvent(waitOfRow(row), { workspace, ref }, row.tenant_id, time)
    })
  },
}

/** Waits of rules: a `timer.due` event of its entity each. */
export class PostgresRuleTimers extends RowTimers<FoundRow> {
  constructor(pools: { relay: pg.Pool; app: pg.Pool }, clock: Clock) {
    super(pools, clock, waitRows)
  }
}
