import type pg from 'pg'
import { parseEntityKey } from '../../../messaging/events/entity-key.ts'
import type { GatePlace, RefusedGate, RefusedGates } from '../../../messaging/dispatch/read-only-loop.ts'
import { isForCredentials } from '../commands/gate-statements.ts'
import { inTenants, run, runAlone, withRetries } from '../connection/transaction.ts'
import { writeAudit } from '../platform/write-audit.ts'
import { beforeAllGates } from './failover-statements.ts'

const refusing = `breaker = 'open' and shut_since is not null and ${isForCredentials}`

/**
 * Of the gates that refuse, those whose next call is due within `$1` milliseconds: a gate whose commands wait for tomorrow is called by
 * nobody. `$2`, `$3`: behind this pair; `$4`: at most so many. The statement's time, for by that the index finds what is due.
 */
export const refused = {
  name: 'read_only_refused',
  text: `
select g.tenant_id as "tenantId", g.integration, g.not_before as "notBefore", l.lane_key,
  greatest(0, extract(epoch from clock_timestamp() - g.shut_since)::double precision * 1000) as "shutMs"
from (select * from dispatch_gate where ${refusing} and not_before < clock_timestamp() + $1 * interval '1 ms') g
cross join lateral (
  select d.lane_key
  from (values (0::smallint), (1::smallint), (2::smallint)) v(priority)
  cross join lateral (
    select l.lane_key from command_lane l
    where l.state = 'ready' and l.tenant_id = g.tenant_id and l.integration = g.integration and l.priority = v.priority
      and l.next_attempt_at <= statement_timestamp() + $1 * interval '1 ms'
    order by l.next_attempt_at, l.n limit 1) d
  limit 1) l
where (g.tenant_id, g.integration) > ($2::uuid, $3::text)
order by g.tenant_id, g.integration limit $4`,
}

/** `first`: it has only now become read-only. */
const hold = {
  name: 'read_only_hold',
  text: `
with before as (
  select coalesce(read_only_since < shut_since, true) as first from dispatch_gate
  where tenant_id = $1 and integration = $2 and not_before = $3::timestamptz and ${refusing} for no key update)
update dispatch_gate g
set not_before = clock_timestamp() + $4 * interval '1 ms',
  read_only_since = case when b.first then clock_timestamp() else g.read_only_since end
from before b where g.tenant_id = $1 and g.integration = $2
returning b.first`,
}

const reopen = {
  name: 'read_only_reopen',
  text: `
update dispatch_gate set breaker = 'half_open', not_before = clock_timestamp()
where tenant_id = $1 and integration = $2 and ${refusing} returning integration`,
}

/** Who the audit log names. */
const keeper = 'daemon:read-only'

/** Gates of integrations that refuse their credentials, on Postgres. */
export class PostgresRefusedGates implements RefusedGates {
  readonly #relay: pg.Pool
  readonly #app: pg.Pool

  constructor(pools: { relay: pg.Pool; app: pg.Pool }) {
    this.#relay = pools.relay
    this.#app = pools.app
  }

  async refused(soonMs: number, after: GatePlace | null, max: number): Promise<readonly RefusedGate[]> {
    const { tenantId, integration } = after ?? beforeAllGates
    const rows = await runAlone<Omit<RefusedGate, 'workspace'> & { lane_key: string }>(this.#relay, refused, [
      soonMs,
      tenantId,
      integration,
      max,
    ])
    return rows.map(({ lane_key: lane, ...gate }) => ({
      ...gate,
      // A lane is named `<tenant>/<integration>/<entity key>`.
      workspace: parseEntityKey(lane.slice(`${gate.tenantId}/${gate.integration}/`.length)).workspace,
    }))
  }

  async hold({ tenantId, integration, notBefore }: RefusedGate, holdMs: number): Promise<boolean> {
    return await this.#change(tenantId, async (client) => {
      const [held] = await run<{ first: boolean }>(client, hold, [tenantId, integration, notBefore, holdMs])
      if (held?.first === true)
        await audit(
          client,
          { tenantId, integration },
          'integration.read_only',
          'Its credentials are refused',
          true,
        )
      return held !== undefined
    })
  }

  async reopen({ tenantId, integration }: RefusedGate): Promise<boolean> {
    return await this.#change(tenantId, async (client) => {
      const opened = await run(client, reopen, [tenantId, integration])
      if (opened.length === 0) return false
      await audit(
        client,
        { tenantId, integration },
        'integration.read_only_ends',
        'A read was accepted',
        false,
      )
      return true
    })
  }

  async #change<T>(tenantId: string, work: (client: pg.ClientBase) => Promise<T>): Promise<T> {
    return await withRetries(this.#app, async () => inTenants(this.#app, [tenantId], work))
  }
}

async function audit(
  client: pg.ClientBase,
  { tenantId, integration }: Pick<RefusedGate, 'tenantId' | 'integration'>,
  action: string,
  reason: string,
  readOnly: boolean,
): Promise<void> {
  const target = `integration/${integration}`
  const [before, after] = [{ readOnly: !readOnly }, { readOnly }]
  await writeAudit(client, { tenantId, actor: keeper, action, target, reason, before, after })
}
