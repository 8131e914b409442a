import type pg from 'pg'
import type { Clock } from '../../../kernel/clock.ts'
import type { BreakerPolicy, RuleBreaker } from '../../../sales-core/processing/breakers/rule-breaker.ts'
import { breakerAfter, ruleBreakerPolicy } from '../../../sales-core/processing/breakers/rule-breaker.ts'
import type {
  OpenBreaker,
  RuleBreakerStore,
  SeenRule,
} from '../../../sales-core/processing/breakers/rule-breakers.ts'
import { jsonText } from '../connection/json-text.ts'
import { inTenants, run, runAlone, withRetries } from '../connection/transaction.ts'

const keyed = 'tenant_id uuid, rule text'

/** A row to lock for every rule, so that daemons that count the same one wait for each other. */
const makeRows = {
  name: 'rule_breaker_make',
  text: `
insert into rule_breaker (tenant_id, rule)
select tenant_id, rule from json_to_recordset($1::json) as x(${keyed}) order by tenant_id, rule
on conflict (tenant_id, rule) do nothing`,
}

const lockRows = {
  name: 'rule_breaker_lock',
  text: `
select b.tenant_id, b.rule, b.failures, extract(epoch from b.window_from)::double precision * 1000 as window_from_ms,
  extract(epoch from b.open_until)::double precision * 1000 as open_until_ms, b.trips
from (select * from json_to_recordset($1::json) as k(${keyed}) order by tenant_id, rule) x
cross join lateral (
  select * from rule_breaker b where b.tenant_id = x.tenant_id and b.rule = x.rule limit 1 for no key update) b`,
}

const updateRows = {
  name: 'rule_breaker_update',
  text: `
update rule_breaker b set failures = x.failures, window_from = to_timestamp(x.window_from_ms / 1000),
  open_until = to_timestamp(x.open_until_ms / 1000), trips = x.trips, last_code = coalesce(x.last_code, b.last_code)
from json_to_recordset($1::json) as x(${keyed}, failures integer, window_from_ms double precision, open_until_ms double precision,
  trips integer, last_code text)
where b.tenant_id = x.tenant_id and b.rule = x.rule`,
}

const deleteRows = {
  name: 'rule_breaker_delete',
  text: `
delete from rule_breaker b using json_to_recordset($1::json) as x(${keyed})
where b.tenant_id = x.tenant_id and b.rule = x.rule`,
}

const openRows = {
  name: 'rule_breaker_open',
  text: `
select tenant_id, rule, extract(epoch from open_until)::double precision * 1000 as open_until_ms
from rule_breaker where open_until is not null order by open_until desc limit $1`,
}

interface BreakerRow {
  readonly tenant_id: string
  readonly rule: string
  readonly failures: number
  readonly window_from_ms: number
  readonly open_until_ms: number | null
  readonly trips: number
}

/** Breakers of rules on Postgres: rows only for rules that failed lately. */
export class PostgresRuleBreakers implements RuleBreakerStore {
  readonly #relay: pg.Pool
  readonly #app: pg.Pool
  readonly #clock: Clock

  constructor(pools: { relay: pg.Pool; app: pg.Pool }, clock: Clock) {
    this.#relay = pools.relay
    this.#app = pools.app
    this.#clock = clock
  }

  async count(
    seen: readonly SeenRule[],
    policyOf: (tenantId: string) => BreakerPolicy = () => ruleBreakerPolicy,
  ): Promise<{ readonly tripped: readonly string[]; readonly recovered: readonly string[] }> {
    const tenants = [...new Set(seen.map(({ tenantId }) => tenantId))]
    const keys = jsonText(seen.map(({ tenantId, rule }) => ({ tenant_id: tenantId, rule })))
    return withRetries(this.#app, async () =>
      inTenants(this.#app, tenants, async (client) => {
        await run(client, makeRows, [keys])
        const rows = await run<BreakerRow>(client, lockRows, [keys])
        return this.#write(
          client,
          rows,
          new Map(seen.map((one) => [`${one.tenantId} ${one.rule}`, one])),
          policyOf,
        )
      }),
    )
  }

  async #write(
    client: pg.ClientBase,
    rows: readonly BreakerRow[],
    seen: ReadonlyMap<string, SeenRule>,
    policyOf: (tenantId: string) => BreakerPolicy,
  ): Promise<{ readonly tripped: readonly string[]; readonly recovered: readonly string[] }> {
    const nowMs = this.#clock.now().getTime()
    const tripped: string[] = []
    const recovered: string[] = []
    const changed: object[] = []
    const gone: object[] = []
    for (const row of rows) {
      const { tenant_id, rule } = row
      const counted = seen.get(`${tenant_id} ${rule}`)
      if (counted === undefined) continue
      const before = breakerOf(row)
      const after = breakerAfter(before, counted, nowMs, policyOf(tenant_id))
      if (after === null) gone.push({ tenant_id, rule })
      else changed.push({ tenant_id, rule, ...recordOf(after), last_code: counted.lastCode })
      if (after !== null && after.trips > (before?.trips ?? 0)) tripped.push(rule)
      if (after === null && before?.openUntilMs != null) recovered.push(rule)
    }
    if (changed.length > 0) await run(client, updateRows, [jsonText(changed)])
    if (gone.length > 0) await run(client, deleteRows, [jsonText(gone)])
    return { tripped, recovered }
  }

  async open(max: number): Promise<readonly OpenBreaker[]> {
    const rows = await runAlone<Pick<BreakerRow, 'tenant_id' | 'rule'> & { open_until_ms: number }>(
      this.#relay,
      openRows,
      [max],
    )
    return rows.map((row) => ({ tenantId: row.tenant_id, rule: row.rule, openUntilMs: row.open_until_ms }))
  }
}

/** A row that was only made to be locked stands for none. */
function breakerOf(row: BreakerRow): RuleBreaker | null {
  if (row.failures === 0 && row.open_until_ms === null) return null
  const { failures, trips } = row
  return { failures, trips, windowFromMs: row.window_from_ms, openUntilMs: row.open_until_ms }
}

function recordOf({ failures, trips, windowFromMs, openUntilMs }: RuleBreaker): object {
  return { failures, trips, window_from_ms: windowFromMs, open_until_ms: openUntilMs }
}
