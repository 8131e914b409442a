import type pg from 'pg'
import type { Clock } from '../../../kernel/clock.ts'
import { derivedId } from '../../../kernel/ids.ts'
import { parseEntityKey } from '../../../messaging/events/entity-key.ts'
import type { NxEvent } from '../../../messaging/events/event.ts'
import { timerDueType } from '../../../sales-core/processing/decision-store.ts'
import type { TimerStore } from '../../../sales-core/processing/decision-store.ts'
import { appendEvents } from '../events/append-events.ts'
import { runAlone, inTenants, run, withRetries } from '../connection/transaction.ts'

/** Found across tenants; looked at again, locked, in the transaction of their tenants. */
const findDue = {
  name: 'timer_find',
  text: `
select id, tenant_id from workflow_instance
where shard = any($1::smallint[]) and wake_at is not null and wake_at <= clock_timestamp() order by wake_at limit $2`,
}

const fire = {
  name: 'timer_fire',
  text: `
with due as (
  select id from workflow_instance
  where id = any($1::uuid[]) and wake_at <= clock_timestamp() order by id for no key update skip locked
)
update workflow_instance w set wake_at = null from due where w.id = due.id
returning w.id, w.tenant_id, w.entity_key, w.seq, w.correlation_id, w.started_by`,
}

const nextDue = {
  name: 'timer_next_due',
  text: `
select extract(epoch from min(f.wake_at) - clock_timestamp())::double precision * 1000 as ms
from unnest($1::smallint[]) s(shard) cross join lateral (
  select wake_at from workflow_instance w where w.shard = s.shard and w.wake_at is not null order by w.wake_at limit 1) f`,
}

interface DueRow {
  readonly id: string
  readonly tenant_id: string
  readonly entity_key: string
  readonly seq: number
  readonly correlation_id: string
  readonly started_by: string
}

/** Waits of workflow instances, kept as rows. */
export class PostgresTimerStore implements TimerStore {
  readonly #relay: pg.Pool
  readonly #app: pg.Pool
  readonly #clock: Clock

  constructor(pools: { relay: pg.Pool; app: pg.Pool }, clock: Clock) {
    this.#relay = pools.relay
    this.#app = pools.app
    this.#clock = clock
  }

  async fireDue(shards: readonly number[], max: number): Promise<number> {
    const found = await runAlone<{ id: string; tenant_id: string }>(this.#relay, findDue, [shards, max])
    if (found.length === 0) return 0
    const tenants = found.map((row) => row.tenant_id)
    return withRetries(this.#app, async () =>
      inTenants(this.#app, tenants, async (client) => {
        const rows = await run<DueRow>(client, fire, [found.map((row) => row.id)])
        const time = this.#clock.now().toISOString()
        await appendEvents(
          client,
          rows.map((row) => ({ event: timerEvent(row, time), routed: true })),
        )
        return rows.length
      }),
    )
  }

  async nextDueMs(shards: readonly number[]): Promise<number | null> {
    const rows = await runAlone<{ ms: number | null }>(this.#relay, nextDue, [shards])
    const ms = rows[0]?.ms ?? null
    return ms === null ? null : Math.max(0, Math.ceil(ms))
  }
}

/** A timer starts a chain anew; what it belongs to is told by its correlation. */
function timerEvent(row: DueRow, time: string): NxEvent {
  const { workspace, subject } = parseEntityKey(row.entity_key)
  const id = derivedId('timer', row.id, String(row.seq))
  return {
    id,
    tenantId: row.tenant_id,
    workspace,
    type: timerDueType,
    subject,
    source: 'neuronx/workflows',
    externalId: `${row.id}#${row.seq}`,
    time,
    data: { instanceId: row.id, seq: row.seq },
    origin: 'timer',
    correlationId: row.correlation_id,
    causationId: row.started_by,
    rootId: id,
    depth: 0,
  }
}
