import type pg from 'pg'
import type { TrafficReader } from '../../../control-plane/plan/make-plan.ts'
import { inReadOnlyTenants, run } from '../connection/transaction.ts'

const windowDays = 7
/** Of one tenant: the newest ones; the rate is over the time that they span. */
const eventsMax = 100_000

/** A tenant's newest events of the window; entities count once a day, as a step of a rollout counts them once. */
const unitsOfTenant = {
  name: 'traffic_units',
  text: `
with recent as (
  select workspace, entity_key, created_at from event_log
  where tenant_id = $1 and entity_seq is not null and created_at >= now() - make_interval(days => $2)
  order by txid desc, pos desc limit $3
), span as (
  select count(*) as events, case when count(*) < $3 then $2 * 24.0
    else greatest(extract(epoch from now() - min(created_at)) / 3600, 1.0 / 60) end as hours
  from recent
)
select r.workspace, (count(distinct (r.entity_key, r.created_at::date)) / (select hours from span))::double precision as per_hour,
  (select events >= $3 from span) as partial
from recent r group by r.workspace`,
}

/** What passes through the workspaces, from the event log. */
export class PostgresTrafficReader implements TrafficReader {
  readonly #app: pg.Pool

  constructor(app: pg.Pool) {
    this.#app = app
  }

  async unitsPerHour(tenantIds: readonly string[]): ReturnType<TrafficReader['unitsPerHour']> {
    const byWorkspace = new Map<string, number>()
    let partial = false
    for (const tenantId of tenantIds) {
      const rows = await inReadOnlyTenants(this.#app, [tenantId], async (client) =>
        run<{ workspace: string; per_hour: number; partial: boolean }>(client, unitsOfTenant, [
          tenantId,
          windowDays,
          eventsMax,
        ]),
      )
      for (const row of rows) {
        byWorkspace.set(`${tenantId}/${row.workspace}`, row.per_hour)
        partial ||= row.partial
      }
    }
    return { byWorkspace, partial }
  }
}
