import type pg from 'pg'
import type { LoggedEvent } from '../../../messaging/events/event.ts'
import type { ShardLease } from '../../../messaging/ownership/shard-leases.ts'
import type { EventLogOutbox, LogPosition, OutgoingEvent } from '../../../messaging/relay/event-log.ts'
import { outgoingEvent } from './outgoing-event.ts'
import type { OutgoingRow } from './outgoing-event.ts'
import { entityRange } from './entity-range.ts'
import { inTenants, runAlone } from '../connection/transaction.ts'

/**
 * All owned shards in one query. The fence: a transaction below every one in progress has ended, so nothing can come in
 * before the rows it lets through. `at` and `floor` only choose partitions; an hour of slack is far more than a transaction
 * may last (idle_in_transaction_session_timeout), and the order is (txid, pos) alone. One row comes back even when nothing is
 * behind: it tells when this was so.
 */
const unpublished = {
  name: 'outbox_unpublished',
  text: `
select n.sampled_at, r.* from (select now() as sampled_at) n left join (
select e.txid::text as txid, e.pos::text as pos, l.shard, e.event_id, e.tenant_id, t.slug, e.entity_key, e.entity_seq, e.type,
  e.source, e.external_id, e.origin, e.data::text as data, e.headers::text as headers, e.created_at,
  row_number() over (order by l.shard, e.txid, e.pos) as ord
from unnest($1::smallint[], $2::bigint[], $3::timestamptz[]) as l(shard, epoch, floor)
join shard s on s.shard = l.shard and s.epoch = l.epoch
join relay_cursor c on c.shard = l.shard
cross join lateral (
  select * from (
    select * from event_log e
    where e.shard = l.shard and e.entity_seq is not null and (e.txid, e.pos) > (c.txid, c.pos)
      and e.txid < (select pg_snapshot_xmin(pg_current_snapshot()))
      and e.created_at >= greatest(c.at, l.floor) - interval '1 hour' and e.created_at < now() + interval '1 hour'
  ) behind order by txid, pos limit $4
) e
join tenant t on t.id = e.tenant_id
) r on true order by r.ord`,
}

/** The key-share lock keeps the epoch from changing until the cursor's move is committed. A cursor never goes back. */
const advance = {
  name: 'outbox_advance',
  text: `
with held as (
  select s.shard, m.txid, m.pos
  from unnest($1::smallint[], $2::bigint[], $3::text[], $4::bigint[]) as m(shard, epoch, txid, pos)
  join shard s on s.shard = m.shard and s.epoch = m.epoch
  order by s.shard for key share of s
), moved as (
  update relay_cursor c set txid = h.txid::xid8, pos = h.pos, at = clock_timestamp()
  from held h where c.shard = h.shard and (c.txid, c.pos) < (h.txid::xid8, h.pos)
)
select shard from held`,
}

const trouble = {
  name: 'outbox_trouble',
  text: `
insert into publish_trouble (event_id, tenant_id, last_error)
select e.event_id, e.tenant_id, $2 from event_log e where e.event_id = any($1::uuid[])
on conflict (event_id) do update
  set retry_count = publish_trouble.retry_count + 1, last_error = excluded.last_error, last_at = clock_timestamp()`,
}

type MaybeOutgoingRow = { readonly sampled_at: string } & (OutgoingRow | { readonly shard: null })

/** The event log as the relay sees it. */
export class PostgresEventLogOutbox implements EventLogOutbox {
  readonly #relay: pg.Pool
  readonly #app: pg.Pool
  /**
   * Per shard, when it was last seen without a backlog: older partitions need not be looked at. Only of this process, only a
   * hint; after a start the cursor's own time serves.
   */
  readonly #drainedAt = new Map<number, { epoch: string; at: string }>()

  constructor(pools: { relay: pg.Pool; app: pg.Pool }) {
    this.#relay = pools.relay
    this.#app = pools.app
  }

  async unpublished(leases: readonly ShardLease[], perShardMax: number): Promise<readonly OutgoingEvent[]> {
    if (leases.length === 0) return []
    const floors = leases.map((lease) => {
      const drained = this.#drainedAt.get(lease.shard)
      return drained?.epoch === lease.epoch ? drained.at : '-infinity'
    })
    const found = await runAlone<MaybeOutgoingRow>(this.#relay, unpublished, [
      leases.map((lease) => lease.shard),
      leases.map((lease) => lease.epoch),
      floors,
      perShardMax,
    ])
    const rows = found.filter((row) => row.shard !== null)
    this.#noteDrained(leases, rows, found[0]?.sampled_at ?? '-infinity')
    return rows.map(outgoingEvent)
  }

  async advance(moves: readonly { lease: ShardLease; to: LogPosition }[]): Promise<readonly number[]> {
    if (moves.length === 0) return []
    const rows = await runAlone<{ shard: number }>(this.#relay, advance, [
      moves.map((move) => move.lease.shard),
      moves.map((move) => move.lease.epoch),
      moves.map((move) => move.to.txid),
      moves.map((move) => move.to.pos),
    ])
    const held = new Set(rows.map((row) => row.shard))
    return moves.map((move) => move.lease.shard).filter((shard) => !held.has(shard))
  }

  async entityRange(
    tenantId: string,
    entityKey: string,
    fromSeq: number,
    toSeq: number,
  ): Promise<readonly LoggedEvent[]> {
    return inTenants(this.#app, [tenantId], async (client) =>
      entityRange(client, [{ tenantId, entityKey, fromSeq, toSeq }]),
    )
  }

  /** Counts a failed publication beside the log: `retry_count` of event_outbox. */
  async recordTrouble(eventIds: readonly string[], error: string): Promise<void> {
    await runAlone(this.#relay, trouble, [eventIds, error.slice(0, 500)])
  }

  #noteDrained(leases: readonly ShardLease[], rows: readonly OutgoingRow[], at: string): void {
    const busy = new Set(rows.map((row) => row.shard))
    for (const { shard, epoch } of leases) if (!busy.has(shard)) this.#drainedAt.set(shard, { epoch, at })
  }
}
