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
 * before the rows it lets through. Where it stands as it did when nothing was behind (`$5`), nothing is, and nothing is read. `at` and `floor` only choose partitions; an hour of slack is far more than a transaction
 * may last (idle_in_transaction_session_timeout), and the order is (txid, pos) alone. Neither is believed when it is ahead of
 * the clock: that was set back. One row comes back even when nothing is
 * behind: it tells when this was so, and which shards are paused.
 */
const unpublished = {
  name: 'outbox_unpublished',
  text: `
with paused as materialized (select coalesce(array_agg(shard), '{}') as shards from paused_shard)
select n.*, r.* from (
  select now() as sampled_at, pg_snapshot_xmin(pg_current_snapshot())::text as fence, pg_snapshot_xmax(pg_current_snapshot())::text as next_txid,
    p.shards as paused from paused p) n
left join (
select e.txid::text as txid, e.pos::text as pos, l.shard, e.event_id, e.tenant_id, t.slug, e.entity_key, e.entity_seq, e.type,
  e.source, e.external_id, e.origin, e.data::text as data, e.headers::text as headers, e.created_at,
  extract(epoch from now() - e.created_at)::double precision * 1000 as age_ms, row_number() over (order by l.shard, e.txid, e.pos) as ord
from unnest($1::smallint[], $2::bigint[], $3::timestamptz[]) as l(shard, epoch, floor)
join shard s on s.shard = l.shard and s.epoch = l.epoch
join relay_cursor c on c.shard = l.shard
cross join lateral (
  select * from (
    select * from event_log e
    where e.shard = l.shard and e.entity_seq is not null and (e.txid, e.pos) > (c.txid, c.pos)
      and e.txid < (select pg_snapshot_xmin(pg_current_snapshot()))
      and e.created_at >= least(greatest(c.at, l.floor), now()) - interval '1 hour' and e.created_at < now() + interval '1 hour'
  ) behind order by txid, pos limit $4
) e
join tenant t on t.id = e.tenant_id
where l.shard <> all ((select p.shards from paused p)::smallint[])
  and pg_snapshot_xmin(pg_current_snapshot())::text is distinct from $5
) r on true order by r.ord`,
}

/**
 * The key-share lock keeps the epoch from changing until the cursor's move is committed. A cursor never goes back. Its `at` is
 * when the row it stands at was accepted, never when it was moved: what waited for hours still stands behind it.
 */
const advance = {
  name: 'outbox_advance',
  text: `
with held as (
  select s.shard, m.txid, m.pos, m.at
  from unnest($1::smallint[], $2::bigint[], $3::text[], $4::bigint[], $5::timestamptz[]) as m(shard, epoch, txid, pos, at)
  join shard s on s.shard = m.shard and s.epoch = m.epoch
  order by s.shard for key share of s
), moved as (
  update relay_cursor c set txid = h.txid::xid8, pos = h.pos, at = coalesce(h.at, c.at)
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

interface Sample {
  readonly sampled_at: string
  /** All transactions below have ended. */
  readonly fence: string
  /** No transaction from here on had begun. */
  readonly next_txid: string
  readonly paused: readonly number[]
}

type MaybeOutgoingRow = Sample & ((OutgoingRow & { readonly age_ms: number }) | { readonly shard: null })

/** The event log as the relay sees it. */
export class PostgresEventLogOutbox implements EventLogOutbox {
  readonly #relay: pg.Pool
  readonly #app: pg.Pool
  /**
   * Per shard, since when nothing can have come in that was not seen: older partitions need not be looked at. Only of this
   * process, only a hint; after a start the cursor's own time serves.
   */
  readonly #drainedAt = new Map<number, { epoch: string; at: string }>()
  /** Every transaction that began before `passedAt` has ended: known once the fence is past what came next at that time. */
  #passedAt = '-infinity'
  #next: { readonly at: string; readonly txid: bigint } | null = null
  /** The fence at which nothing was behind the cursors of these leases, and none of their shards was paused. */
  #emptyAt: { readonly leases: string; readonly fence: string } | null = null
  /** When the rows that were read last were accepted, by their place. */
  #acceptedAt: ReadonlyMap<string, string> = new Map()

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
    const held = leases.map(({ shard, epoch }) => `${shard}/${epoch}`).join()
    const found = await runAlone<MaybeOutgoingRow>(this.#relay, unpublished, [
      leases.map((lease) => lease.shard),
      leases.map((lease) => lease.epoch),
      floors,
      perShardMax,
      this.#emptyAt?.leases === held ? this.#emptyAt.fence : null,
    ])
    const rows = found.filter((row) => row.shard !== null)
    const [sample] = found
    const isEmpty = rows.length === 0 && sample?.paused.length === 0
    this.#emptyAt = isEmpty ? { leases: held, fence: sample.fence } : null
    this.#acceptedAt = new Map(rows.map((row) => [placeOf(row.shard, row), row.created_at]))
    if (sample !== undefined)
      this.#noteDrained(leases, [...rows.map((row) => row.shard), ...sample.paused], sample)
    return rows.map((row) => ({ ...outgoingEvent(row), ageMs: row.age_ms }))
  }

  async advance(moves: readonly { lease: ShardLease; to: LogPosition }[]): Promise<readonly number[]> {
    if (moves.length === 0) return []
    const rows = await runAlone<{ shard: number }>(this.#relay, advance, [
      moves.map((move) => move.lease.shard),
      moves.map((move) => move.lease.epoch),
      moves.map((move) => move.to.txid),
      moves.map((move) => move.to.pos),
      moves.map((move) => this.#acceptedAt.get(placeOf(move.lease.shard, move.to)) ?? null),
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

  /**
   * A paused shard shows no rows and is not drained for that. Neither is one whose rows stand behind the fence, which somebody
   * else's transaction may hold for hours: it counts as drained up to the moment whose transactions have all ended.
   */
  #noteDrained(leases: readonly ShardLease[], busyShards: readonly number[], sample: Sample): void {
    if (this.#next === null || BigInt(sample.fence) >= this.#next.txid) {
      this.#passedAt = this.#next?.at ?? this.#passedAt
      this.#next = { at: sample.sampled_at, txid: BigInt(sample.next_txid) }
    }
    const busy = new Set(busyShards)
    for (const { shard, epoch } of leases)
      if (!busy.has(shard)) this.#drainedAt.set(shard, { epoch, at: this.#passedAt })
  }
}

function placeOf(shard: number, { txid, pos }: LogPosition): string {
  return `${shard}/${txid}/${pos}`
}
