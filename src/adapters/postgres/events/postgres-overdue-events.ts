import type pg from 'pg'
import type { ShardLease } from '../../../messaging/ownership/shard-leases.ts'
import type { LogPosition, OutgoingEvent } from '../../../messaging/relay/event-log.ts'
import type { OverdueEvents } from '../../../messaging/relay/overdue-events.ts'
import { outgoingEvent } from './outgoing-event.ts'
import type { OutgoingRow } from './outgoing-event.ts'
import { runAlone } from '../connection/transaction.ts'

/**
 * One statement: the cursor of each shard moves to the last row before the first that is not applied, and the overdue rows come
 * back. Age decides only what is returned, never how far the cursor goes: the order is (txid, pos) alone.
 */
const overdue = {
  name: 'reconcile_overdue',
  text: `
with scanned as materialized (
  select l.shard, e.txid, e.pos, e.event_id, e.tenant_id, e.entity_key, e.entity_seq, e.type, e.source, e.external_id, e.origin,
    e.data, e.headers, e.created_at, coalesce(n.applied_seq, 0) >= e.entity_seq as applied
  from unnest($1::smallint[], $2::bigint[]) as l(shard, epoch)
  join shard s on s.shard = l.shard and s.epoch = l.epoch
  join reconcile_cursor r on r.shard = l.shard
  join relay_cursor c on c.shard = l.shard
  cross join lateral (
    select * from event_log e
    where e.shard = l.shard and e.entity_seq is not null and (e.txid, e.pos) > (r.txid, r.pos) and (e.txid, e.pos) <= (c.txid, c.pos)
      and e.created_at >= least(r.at, now()) - interval '1 hour' and e.created_at < now() + interval '1 hour'
    order by e.txid, e.pos limit $4
  ) e
  left join entity n on n.tenant_id = e.tenant_id and n.entity_key = e.entity_key
  where l.shard <> all ((select coalesce(array_agg(shard), '{}') from paused_shard)::smallint[])
), prefixed as (
  select shard, txid, pos, created_at, bool_and(applied) over (partition by shard order by txid, pos) as passed from scanned
), ends as (
  select distinct on (shard) shard, txid, pos, created_at from prefixed where passed order by shard, txid desc, pos desc
), moved as (
  update reconcile_cursor r set txid = ends.txid, pos = ends.pos, at = greatest(r.at, ends.created_at)
  from ends where r.shard = ends.shard and (r.txid, r.pos) < (ends.txid, ends.pos)
)
select e.txid::text as txid, e.pos::text as pos, e.shard, e.event_id, e.tenant_id, t.slug, e.entity_key, e.entity_seq, e.type,
  e.source, e.external_id, e.origin, e.data::text as data, e.headers::text as headers, e.created_at
from scanned e join tenant t on t.id = e.tenant_id
where not e.applied and e.created_at < clock_timestamp() - $3 * interval '1 ms'
order by e.shard, e.txid, e.pos`,
}

/** The newest row of a shard is not far from its relay cursor in time; where nothing is newer, the cursor itself is the answer. */
const newest = {
  name: 'reconcile_newest',
  text: `
select c.shard, coalesce(e.txid, c.txid)::text as txid, coalesce(e.pos, c.pos)::text as pos
from unnest($1::smallint[]) as l(shard)
join relay_cursor c on c.shard = l.shard
left join lateral (
  select e.txid, e.pos from event_log e
  where e.shard = c.shard and e.entity_seq is not null and (e.txid, e.pos) > (c.txid, c.pos)
    and e.created_at >= least(c.at, now()) - interval '1 hour' and e.created_at < now() + interval '1 hour'
  order by e.txid desc, e.pos desc limit 1
) e on true`,
}

/** What was published and is not applied, on Postgres. */
export class PostgresOverdueEvents implements OverdueEvents {
  readonly #relay: pg.Pool

  /** `relay` works as neuronx_relay. */
  constructor(relay: pg.Pool) {
    this.#relay = relay
  }

  async overdue(
    leases: readonly ShardLease[],
    { olderThanMs, perShardMax }: { readonly olderThanMs: number; readonly perShardMax: number },
  ): Promise<readonly OutgoingEvent[]> {
    const shards = leases.map((lease) => lease.shard)
    const epochs = leases.map((lease) => lease.epoch)
    const rows = await runAlone<OutgoingRow>(this.#relay, overdue, [shards, epochs, olderThanMs, perShardMax])
    return rows.map(outgoingEvent)
  }

  async newest(shards: readonly number[]): Promise<ReadonlyMap<number, LogPosition>> {
    const rows = await runAlone<LogPosition & { shard: number }>(this.#relay, newest, [shards])
    return new Map(rows.map(({ shard, txid, pos }) => [shard, { txid, pos }]))
  }
}
