import type pg from 'pg'
import type { Clock } from '../../../kernel/clock.ts'
import { derivedId } from '../../../kernel/ids.ts'
import { parseEntityKey } from '../../../messaging/events/entity-key.ts'
import type { NxEvent } from '../../../messaging/events/event.ts'
import { timerDueType } from '../../../sales-core/processing/decision-store.ts'
import { run } from '../connection/transaction.ts'
import { RowTimers } from './row-timers.ts'
import type { TimedRows } from './row-timers.ts'

/**
 * Found across tenants; looked at again, locked, in the transaction of their tenants. Half of a round are the oldest, half the
 * newest: what has just fallen due does not wait behind another tenant's burst. In the place of a new one comes the first that is
 * due for its entity: of one entity none overtakes another.
 */
const findDue = {
  name: 'timer_find',
  text: `
with newest as materialized (
  select id, tenant_id, entity_key, wake_at as at from workflow_instance
  where shard = any($1::smallint[]) and wake_at is not null and wake_at <= statement_timestamp() order by wake_at desc limit ($2 / 2)
)
select id, tenant_id, is_rule from (
  select w.id, w.tenant_id, false as is_rule, w.wake_at as at, 0 as rank from newest n cross join lateral (
    select id, tenant_id, wake_at from workflow_instance w
    where w.tenant_id = n.tenant_id and w.entity_key = n.entity_key and w.status = 'waiting' and w.wake_at <= n.at
    order by w.wake_at limit 1) w
  union all
  (select id, tenant_id, false, wake_at, 1 from workflow_instance
   where shard = any($1::smallint[]) and wake_at is not null and wake_at <= statement_timestamp() order by wake_at limit $2)
  union all
  (select id, tenant_id, true, fire_at, 1 from rule_wait
   where shard = any($1::smallint[]) and fire_at is not null and fire_at <= statement_timestamp() order by fire_at limit $2)) due
group by id, tenant_id, is_rule order by min(rank), min(at) limit $2`,
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

const fireRules = {
  name: 'timer_fire_rules',
  text: `
with due as (
  select id from rule_wait
  where id = any($1::uuid[]) and fire_at <= clock_timestamp() order by id for no key update skip locked
)
update rule_wait r set fire_at = null from due where r.id = due.id
returning r.id, r.tenant_id, r.entity_key, r.correlation_id, r.event->>'id' as started_by`,
}

const nextDue = {
  name: 'timer_next_due',
  text: `
select extract(epoch from min(f.at) - clock_timestamp())::double precision * 1000 as ms
from unnest($1::smallint[]) s(shard) cross join lateral (
  (select wake_at as at from workflow_instance w where w.shard = s.shard and w.wake_at is not null order by w.wake_at limit 1)
  union all
  (select fire_at from rule_wait r where r.shard = s.shard and r.fire_at is not null order by r.fire_at limit 1)) f`,
}

interface FoundRow {
  readonly id: string
  readonly tenant_id: string
  readonly is_rule: boolean
}

interface RuleDueRow {
  readonly id: string
  readonly tenant_id: string
  readonly entity_key: string
  readonly correlation_id: string
  readonly started_by: string
}

interface DueRow extends RuleDueRow {
  readonly seq: number
}

const waitRows: TimedRows<FoundRow> = {
  findDue,
  nextDue,
  take: async (client, found, time) => {
    const instances = idsOf(found, false)
    const rules = idsOf(found, true)
    const rows = instances.length === 0 ? [] : await run<DueRow>(client, fire, [instances])
    const waits = rules.length === 0 ? [] : await run<RuleDueRow>(client, fireRules, [rules])
    return [...rows.map((row) => timerEvent(row, time)), ...waits.map((row) => ruleTimerEvent(row, time))]
  },
}

/** Waits of workflow instances and of rules, kept as rows. */
export class PostgresTimerStore extends RowTimers<FoundRow> {
  constructor(pools: { relay: pg.Pool; app: pg.Pool }, clock: Clock) {
    super(pools, clock, waitRows)
  }
}

function idsOf(found: readonly FoundRow[], isRule: boolean): readonly string[] {
  return found.filter((row) => row.is_rule === isRule).map(({ id }) => id)
}

function timerEvent(row: DueRow, time: string): NxEvent {
  return {
    ...timerOf(row, derivedId('timer', row.id, String(row.seq)), time),
    source: 'neuronx/workflows',
    externalId: `${row.id}#${row.seq}`,
    data: { instanceId: row.id, seq: row.seq },
  }
}

/** A wait fires once: its event has the same id however often it is made. */
function ruleTimerEvent(row: RuleDueRow, time: string): NxEvent {
  return {
    ...timerOf(row, derivedId('timer', row.id), time),
    source: 'neuronx/rules',
    externalId: row.id,
    data: { wait: row.id },
  }
}

/** A timer starts a chain anew; what it belongs to is told by its correlation. */
function timerOf(row: RuleDueRow, id: string, time: string): Omit<NxEvent, 'source' | 'externalId' | 'data'> {
  const { workspace, subject } = parseEntityKey(row.entity_key)
  return {
    id,
    tenantId: row.tenant_id,
    workspace,
    type: timerDueType,
    subject,
    time,
    origin: 'timer',
    correlationId: row.correlation_id,
    causationId: row.started_by,
    rootId: id,
    depth: 0,
  }
}
