import type pg from 'pg'
import type { Clock } from '../../../kernel/clock.ts'
import type { TimerStore } from '../../../sales-core/processing/decision-store.ts'
import { joinedTimers } from '../../../sales-core/processing/joined-timers.ts'
import { runAlone } from '../connection/transaction.ts'
import { PostgresTaskTimers } from '../people/postgres-task-timers.ts'
import { PostgresScoreTimers } from '../projections/postgres-score-timers.ts'
import { PostgresRuleTimers } from './postgres-rule-timers.ts'
import { PostgresWorkflowTimers } from './postgres-workflow-timers.ts'

/** The timers of workflows, rules, tasks and scores. One statement says of which kinds any is due: mostly of none. */
export function postgresTimers(pools: { relay: pg.Pool; app: pg.Pool }, clock: Clock): TimerStore {
  const kinds = [
    new PostgresWorkflowTimers(pools, clock),
    new PostgresRuleTimers(pools, clock),
    new PostgresTaskTimers(pools, clock),
    new PostgresScoreTimers(pools, clock),
  ]
  const look = {
    name: 'timers_some_due',
    text: `select array[${kinds.map(({ someDue }) => someDue).join(', ')}] as due`,
  }
  return joinedTimers(kinds, async (shards) => {
    const [row] = await runAlone<{ due: readonly boolean[] }>(pools.relay, look, [shards])
    return row?.due ?? []
  })
}
