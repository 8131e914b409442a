import type pg from 'pg'
import type {
  DeadLetterAction,
  DeadLetterPlan,
} from '../../../platform/dead-letters/dead-letter-operations.ts'
import type { JobPace } from '../../../platform/jobs/job.ts'
import { run } from '../connection/transaction.ts'
import { estimatedMs } from '../jobs/create-job.ts'
import { judge, judgeJoins, judgeValues } from './judge-letters.ts'
import { selectedLetters } from './letter-selection.ts'
import type { BoundSelection } from './letter-selection.ts'

/** Judged as the work itself judges them, and added up in the database. */
const planOf = (
  by: BoundSelection['by'],
  [action, inDoubt, skipBlocked]: readonly [string, string, string],
) => `
with judged as materialized (
  select d.id, d.integration, d.class, d.entity_key, d.created_at, ${judge([action, inDoubt, skipBlocked])} as why
  from (${selectedLetters[by]}) d ${judgeJoins}
)
select (select count(*) from judged) as total,
  (select coalesce(jsonb_object_agg(why, n), '{}') from (select why, count(*) as n from judged where why is not null group by why) s)
    as skipped,
  (select coalesce(jsonb_object_agg(name, n), '{}')
    from (select coalesce(integration, '-') as name, count(*) as n from judged group by 1) s) as integrations,
  (select coalesce(jsonb_object_agg(class, n), '{}') from (select class, count(*) as n from judged group by class) s) as classes,
  (select count(distinct entity_key) from judged) as entities,
  (select min(created_at) from judged) as oldest, (select max(created_at) from judged) as newest,
  (select coalesce(array_agg(id order by created_at, id), '{}')
    from (select id, created_at from judged where why is null order by created_at, id limit 20) s)::text[] as first_ids`

const statements = {
  filter: { name: 'letters_plan_filter', text: planOf('filter', ['$12', '$13', '$14']) },
  ids: { name: 'letters_plan_ids', text: planOf('ids', ['$13', '$14', '$15']) },
}

interface PlanRow {
  readonly total: number
  readonly skipped: Readonly<Record<string, number>>
  readonly integrations: Readonly<Record<string, number>>
  readonly classes: Readonly<Record<string, number>>
  readonly entities: number
  readonly oldest: string | null
  readonly newest: string | null
  readonly first_ids: readonly string[]
}

/** What the action would do to the selection now. Nothing is locked and nothing is written. */
export async function planLetters(
  client: pg.ClientBase,
  selection: BoundSelection,
  action: DeadLetterAction,
  pace: JobPace,
): Promise<DeadLetterPlan> {
  const values = [...selection.values, ...judgeValues(action)]
  const [row] = await run<PlanRow>(client, statements[selection.by], values)
  const plan = row as PlanRow
  return {
    total: plan.total,
    skipped: plan.skipped,
    byIntegration: plan.integrations,
    byClass: plan.classes,
    entities: plan.entities,
    oldestAt: plan.oldest,
    newestAt: plan.newest,
    estimatedMs: estimatedMs(plan.total, pace),
    firstIds: plan.first_ids,
  }
}
