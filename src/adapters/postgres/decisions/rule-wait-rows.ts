import type pg from 'pg'
import { entityKey, shardOf } from '../../../messaging/events/entity-key.ts'
import type { Decision } from '../../../sales-core/decide/decision.ts'
import type { RuleWait, WaitEvent } from '../../../sales-core/decide/rule-wait.ts'
import type { LoggedEvent } from '../../../messaging/events/event.ts'
import { jsonText } from '../connection/json-text.ts'
import { run } from '../connection/transaction.ts'

/** Of a table aliased `r`. */
export const waitColumns = `r.id, r.tenant_id, r.entity_key, r.rule, r.wait_key, r.kind,
  to_char(r.due_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as due_at, r.event, r.correlation_id, r.sends_blocked, r.failed`

/** Lateral without a limit that a plan could turn round: found by the entity, never by reading all of a tenant's. */
const openWaits = {
  name: 'rule_wait_open',
  text: `
select w.* from json_to_recordset($1::json) as x(tenant_id uuid, entity_key text) cross join lateral (
  select ${waitColumns} from rule_wait r where r.tenant_id = x.tenant_id and r.entity_key = x.entity_key offset 0) w
order by w.due_at, w.id`,
}

const upsertWaits = {
  name: 'rule_wait_upsert',
  text: `
insert into rule_wait as r (id, tenant_id, entity_key, shard, rule, wait_key, kind, due_at, event, correlation_id, sends_blocked, failed, fire_at)
select id, tenant_id, entity_key, shard, rule, wait_key, kind, due_at, event, correlation_id, sends_blocked, failed, due_at
from json_to_recordset($1::json) as x(id uuid, tenant_id uuid, entity_key text, shard smallint, rule text, wait_key text, kind text,
  due_at timestamptz, event jsonb, correlation_id text, sends_blocked text, failed boolean)
order by id
on conflict (id) do update set event = excluded.event, sends_blocked = excluded.sends_blocked, failed = excluded.failed`,
}

const deleteWaits = {
  name: 'rule_wait_delete',
  text: `
delete from rule_wait r using (select unnest($1::uuid[]) as id order by 1) x where r.id = x.id`,
}

/** A row of `waitColumns`. */
export interface WaitRow {
  readonly id: string
  readonly tenant_id: string
  readonly entity_key: string
  readonly rule: string
  readonly wait_key: string
  readonly kind: RuleWait['kind']
  readonly due_at: string
  readonly event: WaitEvent
  readonly correlation_id: string
  readonly sends_blocked: string | null
  readonly failed: boolean
}

/** Waits of rules of these entities, by `<tenant>/<entity key>`. The entities are locked. */
export async function readWaits(
  client: pg.ClientBase,
  keys: ReadonlyArray<{ readonly tenant_id: string; readonly entity_key: string }>,
): Promise<ReadonlyMap<string, readonly RuleWait[]>> {
  if (keys.length === 0) return new Map()
  const rows = await run<WaitRow>(client, openWaits, [jsonText(keys)])
  const byEntity = new Map<string, RuleWait[]>()
  for (const row of rows) {
    const id = `${row.tenant_id}/${row.entity_key}`
    const wait = waitOfRow(row)
    const list = byEntity.get(id)
    if (list === undefined) byEntity.set(id, [wait])
    else list.push(wait)
  }
  return byEntity
}

/** The wait in a row. */
export function waitOfRow(row: WaitRow): RuleWait {
  return {
    id: row.id,
    ref: row.rule,
    key: row.wait_key,
    kind: row.kind,
    dueAt: row.due_at,
    event: row.event,
    correlationId: row.correlation_id,
    sendsBlocked: row.sends_blocked,
    failed: row.failed,
  }
}

/** Writes what a batch opened and closed; what was opened and closed in one batch leaves no row. */
export async function writeWaits(
  client: pg.ClientBase,
  decided: ReadonlyArray<{ readonly event: LoggedEvent; readonly decision: Decision }>,
): Promise<void> {
  const opened = new Map<string, object>()
  const closed = new Set<string>()
  for (const { event, decision } of decided) {
    for (const change of decision.waits) {
      if (change.change === 'open') {
        opened.set(change.wait.id, recordOf(event, change.wait))
        closed.delete(change.wait.id)
      } else {
        opened.delete(change.id)
        closed.add(change.id)
      }
    }
  }
  if (closed.size > 0) await run(client, deleteWaits, [[...closed]])
  if (opened.size > 0) await run(client, upsertWaits, [jsonText([...opened.values()])])
}

function recordOf(event: LoggedEvent, wait: RuleWait): object {
  const key = entityKey(event.workspace, event.subject)
  return {
    id: wait.id,
    tenant_id: event.tenantId,
    entity_key: key,
    shard: shardOf(event.tenantId, key),
    rule: wait.ref,
    wait_key: wait.key,
    kind: wait.kind,
    due_at: wait.dueAt,
    event: wait.event,
    correlation_id: wait.correlationId,
    sends_blocked: wait.sendsBlocked,
    failed: wait.failed,
  }
}
