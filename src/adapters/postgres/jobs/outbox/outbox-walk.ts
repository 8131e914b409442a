import { entityKey } from '../../../../messaging/events/entity-key.ts'
import type { OutboxSelection } from '../../../../platform/jobs/outbox-replays.ts'
import type { OutgoingRow } from '../../events/outgoing-event.ts'

/** How far a walk over the log came. `fence`: what committed after the job was made is not its. */
export interface OutboxWalk {
  readonly fence: string
  /** The shard it is in; 0 where the walk is one tenant's, which crosses shards. */
  readonly shard: number
  readonly txid: string
  readonly pos: string
}

/** A row of the walk: one that matches has an event, and says whether it is published and applied. */
export interface WalkRow extends OutgoingRow {
  readonly matches: boolean
  readonly published: boolean
  readonly applied: boolean
}

const range = `e.entity_seq is not null and e.created_at >= $1 and e.created_at < $2`
const match = `($3::text is null or e.type = $3) and ($4::text is null or e.entity_key = $4)`

/** `$1` to `$4`: since, until, type, entity key. */
export function walkValues({ since, until, type, entity }: OutboxSelection): readonly unknown[] {
  return [since, until, type ?? null, entity === undefined ? null : entityKey(entity.workspace, entity)]
}

/** The next rows in order, matching or not, so that a sparse filter never makes a statement long. */
const nextOf = (whose: string) => `
select e.txid::text as txid, e.pos::text as pos, e.shard, e.event_id, e.tenant_id, t.slug, e.entity_key, e.entity_seq, e.type, e.source,
  e.external_id, e.origin, e.data::text as data, e.headers::text as headers, e.created_at, ${match} as matches,
  (e.txid, e.pos) <= (c.txid, c.pos) as published, coalesce(n.applied_seq, 0) >= e.entity_seq as applied
from (
  select * from event_log e
  where ${whose} and ${range} and (e.txid, e.pos) > ($6::xid8, $7::bigint) and e.txid < $8::xid8
  order by e.txid, e.pos limit $9
) e
join tenant t on t.id = e.tenant_id
join relay_cursor c on c.shard = e.shard
left join lateral (
  select applied_seq from entity n where n.tenant_id = e.tenant_id and n.entity_key = e.entity_key limit 1) n on true
order by e.txid, e.pos`

export const nextOfTenant = { name: 'walk_next_tenant', text: nextOf('e.tenant_id = $5') }
export const nextOfShard = { name: 'walk_next_shard', text: nextOf('e.shard = $5') }

const countOf = (whose: string) => `
select count(*) as total, count(*) filter (where p.published) as published, count(*) filter (where p.published and p.applied) as applied,
  pg_snapshot_xmin(pg_current_snapshot())::text as fence
from event_log e
cross join lateral (
  select (e.txid, e.pos) <= (c.txid, c.pos) as published,
    coalesce((select applied_seq from entity n where n.tenant_id = e.tenant_id and n.entity_key = e.entity_key limit 1), 0) >= e.entity_seq
      as applied
  from relay_cursor c where c.shard = e.shard limit 1) p
where ${whose} and ${range} and ${match} and e.txid < (select pg_snapshot_xmin(pg_current_snapshot()))`

export const countOfTenant = { name: 'walk_count_tenant', text: countOf('e.tenant_id = $5') }
export const countOfAll = { name: 'walk_count_all', text: countOf('$5::uuid is null') }

/** Somebody stopped publishing; a replay is publishing too. */
export const readWalk = {
  name: 'walk_read',
  text: `
select j.walk, greatest(0, extract(epoch from j.next_item_at - clock_timestamp()) * 1000)::double precision as wait_ms,
  exists (select from paused_shard) as publishing_paused
from job j where j.id = $1 and j.run = $2 and j.status = 'running'`,
}

/** Guarded by the run: whoever lost the lease moves nothing. */
export const moveWalk = {
  name: 'walk_move',
  text: `
update job set walk = $3::jsonb, done = done + $4, skipped = skipped + $6,
  sums = sums || jsonb_build_object('published', coalesce((sums->>'published')::bigint, 0) + $4,
    'suppressed', coalesce((sums->>'suppressed')::bigint, 0) + $5, 'pending', coalesce((sums->>'pending')::bigint, 0) + $6),
  next_item_at = case when per_second is null then next_item_at
    else greatest(next_item_at, clock_timestamp() - interval '100 ms') + $4 * interval '1 s' / per_second end,
  claimable_at = clock_timestamp() + $7 * interval '1 ms'
where id = $1 and run = $2 and status = 'running' returning id`,
}

export const renewWalk = {
  name: 'walk_renew',
  text: `
update job set claimable_at = clock_timestamp() + $3 * interval '1 ms' where id = $1 and run = $2 and status = 'running'`,
}

export const endWalk = {
  name: 'walk_end',
  text: `
update job set status = 'succeeded', owner = null, ended_at = clock_timestamp() where id = $1 and run = $2 and status = 'running'`,
}
