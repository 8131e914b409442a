import type pg from 'pg'
import type { QuotaAsk, QuotaGrant, QuotaLedger } from '../../../../sales-core/policies/daily-quota.ts'
import { jsonText } from '../../connection/json-text.ts'
import { inTenants, run, withRetries } from '../../connection/transaction.ts'

const today = `(now() at time zone 'UTC')::date`
const asked = 'json_to_recordset($1::json) as x(tenant_id uuid, wanted integer, max_used bigint)'

/** The day's rows; `now()` is the transaction's, so both statements mean the same day. In one order for all. */
const makeDays = {
  name: 'quota_make_days',
  text: `
insert into command_day (tenant_id, day) select tenant_id, ${today} from ${asked} order by tenant_id
on conflict (tenant_id, day) do nothing`,
}

const takeQuota = {
  name: 'quota_take',
  text: `
with locked as materialized (
  select d.tenant_id, d.day, least(x.wanted, greatest(0, x.max_used - d.used)) as granted
  from (select * from ${asked} order by tenant_id) x
  cross join lateral (
    select * from command_day d where d.tenant_id = x.tenant_id and d.day = ${today} limit 1 for no key update) d
), counted as (
  update command_day d set used = d.used + l.granted from locked l
  where d.tenant_id = l.tenant_id and d.day = l.day and l.granted > 0
)
select tenant_id, granted::integer as granted,
  extract(epoch from (day + 1)::timestamp at time zone 'UTC' - clock_timestamp())::double precision * 1000 as resets_in_ms
from locked`,
}

interface GrantRow {
  readonly tenant_id: string
  readonly granted: number
  readonly resets_in_ms: number
}

/** Counts of commands by tenant and UTC day, on the database's clock. One short transaction, whatever is asked. */
export class PostgresQuotaLedger implements QuotaLedger {
  readonly #app: pg.Pool

  /** `app` works as neuronx_app. */
  constructor(app: pg.Pool) {
    this.#app = app
  }

  async take(asks: readonly QuotaAsk[]): Promise<readonly QuotaGrant[]> {
    if (asks.length === 0) return []
    const values = [
      jsonText(asks.map(({ tenantId, wanted, max }) => ({ tenant_id: tenantId, wanted, max_used: max }))),
    ]
    const tenants = asks.map(({ tenantId }) => tenantId)
    const rows = await withRetries(this.#app, async () =>
      inTenants(this.#app, tenants, async (client) => {
        await run(client, makeDays, values)
        return await run<GrantRow>(client, takeQuota, values)
      }),
    )
    const byTenant = new Map(rows.map((row) => [row.tenant_id, row]))
    return tenants.map((tenantId) => {
      const row = byTenant.get(tenantId)
      return { granted: row?.granted ?? 0, resetsInMs: Math.max(1, row?.resets_in_ms ?? 1) }
    })
  }
}
