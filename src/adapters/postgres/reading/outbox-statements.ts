import { eventStatus } from './reading-statements.ts'

/** Newest first: the columns of event_outbox. */
export const outbox = {
  name: 'read_outbox',
  text: `
select e.event_id as id, e.tenant_id as "tenantId", e.type as "eventType", ${eventStatus} as status,
  coalesce(t.retry_count, 0) as "retryCount", e.created_at as "createdAt", e.txid::text as txid, e.pos::text as pos
from event_log e join relay_cursor r on r.shard = e.shard left join publish_trouble t on t.event_id = e.event_id
where e.tenant_id = $1 and ($2::text is null or ${eventStatus} = $2)
  and ($3::xid8 is null or (e.txid, e.pos) < ($3::xid8, $4::bigint))
  and ($6::text is null or e.type = $6) and ($7::text is null or e.entity_key = $7)
  and ($8::timestamptz is null or e.created_at >= $8) and ($9::timestamptz is null or e.created_at < $9)
order by e.txid desc, e.pos desc limit $5`,
}

/** One row with what became of it. The decision is looked up by entity and place, the index that it has. */
export const outboxEntry = {
  name: 'read_outbox_entry',
  text: `
select e.event_id as id, e.tenant_id as "tenantId", e.type as "eventType", ${eventStatus} as status,
  coalesce(t.retry_count, 0) as "retryCount", e.created_at as "createdAt", e.txid::text as txid, e.pos::text as pos,
  e.shard, e.entity_key, e.entity_seq, t.last_error, t.last_at, coalesce(n.applied_seq, 0) as applied_seq,
  d.decided_at, d.entity_version, extract(epoch from d.decided_at - e.created_at)::double precision * 1000 as latency_ms,
  l.id as dead_letter_id
from event_log e
join relay_cursor r on r.shard = e.shard
left join publish_trouble t on t.event_id = e.event_id
left join entity n on n.tenant_id = e.tenant_id and n.entity_key = e.entity_key
left join lateral (
  select d.decided_at, d.entity_version from decision d
  where d.tenant_id = e.tenant_id and d.entity_key = e.entity_key and d.entity_seq = e.entity_seq limit 1) d on true
left join lateral (
  select x.id from dead_letter x
  where x.tenant_id = e.tenant_id and x.event_id = e.event_id and x.command_id is null
  order by x.created_at desc limit 1) l on true
where e.tenant_id = $1 and e.event_id = $2`,
}

/** Across tenants: how deep, how old; nothing of what is in it. Whose lease has run out owns nothing any more. */
export const shardDepths = {
  name: 'read_shard_depths',
  text: `
select s.shard, case when s.lease_until > clock_timestamp() then s.owner end as owner, b.pending,
  extract(epoch from clock_timestamp() - b.oldest)::double precision * 1000 as "oldestMs"
from shard s join relay_cursor r on r.shard = s.shard
cross join lateral (
  select count(*) as pending, min(e.created_at) as oldest from event_log e
  where e.shard = s.shard and e.entity_seq is not null and (e.txid, e.pos) > (r.txid, r.pos)
    and e.created_at >= least(r.at, now()) - interval '1 hour') b
order by s.shard`,
}

/** What the daemons that are alive told with their last heartbeat. */
export const daemonStats = {
  name: 'read_daemon_stats',
  text: `select stats from daemon where heartbeat_at >= clock_timestamp() - lease_ms * interval '1 ms' order by id`,
}

/** The transaction below which the relay stops: the oldest with an id of its own, in whichever database of the cluster. */
export const fence = {
  name: 'read_outbox_fence',
  text: `
select f.pid, f.application_name as "applicationName", f.database, f.state,
  extract(epoch from clock_timestamp() - f.since)::double precision * 1000 as "ageMs"
from (
  select pid, application_name, datname::text as database, coalesce(state, 'unknown') as state, xact_start as since,
    age(backend_xid) as behind
  from pg_stat_activity where backend_xid is not null
  union all
  select null, gid, database::text, 'prepared', prepared, age(transaction) from pg_prepared_xacts
) f
where f.since is not null order by f.behind desc, f.since limit 1`,
}

export const pauses = {
  name: 'read_outbox_pauses',
  text: `
select shards, actor as by, reason, at, until from outbox_pause where until is null or until > clock_timestamp() order by id`,
}
