import type pg from 'pg'
import type { NxEvent } from '../../../messaging/events/event.ts'
import { logRecord } from './event-row.ts'
import { jsonText } from '../connection/json-text.ts'
import { run } from '../connection/transaction.ts'

/** An event on its way into the log. `routed: false`: recorded, without a place in its entity's order. */
export interface Append {
  readonly event: NxEvent
  readonly routed: boolean
}

/**
 * Heads are locked in key order, whoever appends, so that appenders wait for each other but never in a circle. The rows of
 * one entity get consecutive numbers in the order given.
 */
const append = {
  name: 'append_events',
  text: `
with input as materialized (
  select * from json_to_recordset($1::json) as x(
    ord integer, routed boolean, event_id uuid, tenant_id uuid, workspace text, shard smallint, entity_key text,
    type text, source text, external_id text, origin text, data jsonb, headers jsonb, root_id uuid)
), heads as (
  insert into entity_head (tenant_id, entity_key, seq)
  select tenant_id, entity_key, count(*) from input where routed group by tenant_id, entity_key order by tenant_id, entity_key
  on conflict (tenant_id, entity_key) do update set seq = entity_head.seq + excluded.seq
  returning tenant_id, entity_key, seq
), numbered as (
  select i.*, h.seq - count(*) over w_all + row_number() over w as entity_seq
  from input i left join heads h on i.routed and h.tenant_id = i.tenant_id and h.entity_key = i.entity_key
  window w as (partition by i.routed, i.tenant_id, i.entity_key order by i.ord),
    w_all as (partition by i.routed, i.tenant_id, i.entity_key)
)
insert into event_log (event_id, tenant_id, workspace, shard, entity_key, entity_seq, type, source, external_id, origin, data,
  headers, root_id)
select event_id, tenant_id, workspace, shard, entity_key, entity_seq, type, source, external_id, origin, data, headers, root_id
from numbered order by ord`,
}

/**
 * The one way into the log: gives events their place in their entity's order and inserts them. Once a transaction, with all it has to
 * append: two calls would lock heads in two orders.
 */
export async function appendEvents(client: pg.ClientBase, appends: readonly Append[]): Promise<void> {
  if (appends.length === 0) return
  await run(client, append, [
    jsonText(appends.map(({ event, routed }, ord) => logRecord(event, ord, routed))),
  ])
}
