/** What the watch asks. Every statement jumps through indexes and is cut off: it costs the same with a million rows behind it. */

const pairsOf = (state: 'ready' | 'in_doubt'): string => `
recursive pairs as (
  (select tenant_id, integration from command_lane where state = '${state}' order by tenant_id, integration limit 1)
  union all
  select n.tenant_id, n.integration from pairs p cross join lateral (
    select l.tenant_id, l.integration from command_lane l
    where l.state = '${state}' and (l.tenant_id, l.integration) > (p.tenant_id, p.integration)
    order by l.tenant_id, l.integration limit 1) n
)`

const laneFacts = `p.tenant_id as "tenantId", p.integration, c.count::integer as count,
  extract(epoch from now() - c.oldest)::double precision * 1000 as "ageMs"`

/** `$1` pairs, `$2` rows of each, `$3` milliseconds. Sent so long ago and in doubt: it has been so nearly as long. */
export const inDoubt = {
  name: 'facts_in_doubt',
  text: `
with ${pairsOf('in_doubt')}
select ${laneFacts} from (select * from pairs limit $1) p
cross join lateral (
  select count(*) as count, min(x.at) as oldest from (
    select coalesce(l.sent_at, l.first_attempt_at) as at from command_lane l
    where l.state = 'in_doubt' and l.tenant_id = p.tenant_id and l.integration = p.integration order by l.n limit $2) x
  where x.at < now() - $3 * interval '1 ms') c
where c.count > 0`,
}

const openGate = `
left join dispatch_gate g on g.tenant_id = p.tenant_id and g.integration = p.integration
where g.shut_since is null and g.ramp_from is null and c.count > 0`

/** `$1` pairs, `$2` rows of each, `$3` milliseconds. */
export const overdue = {
  name: 'facts_overdue',
  text: `
with ${pairsOf('ready')}
select ${laneFacts} from (select * from pairs limit $1) p
cross join lateral (
  select count(*) as count, min(x.at) as oldest from (values (0::smallint), (1::smallint), (2::smallint)) v(priority)
  cross join lateral (
    select l.next_attempt_at as at from command_lane l
    where l.state = 'ready' and l.tenant_id = p.tenant_id and l.integration = p.integration and l.priority = v.priority
      and l.next_attempt_at < now() - $3 * interval '1 ms'
    order by l.next_attempt_at limit $2) x) c
${openGate}`,
}

/** `$1` pairs, `$2` heads looked at of each, those due first; `$3` milliseconds. */
export const blockedHeads = {
  name: 'facts_blocked_heads',
  text: `
with ${pairsOf('ready')}
select ${laneFacts} from (select * from pairs limit $1) p
cross join lateral (
  select count(*) as count, min(x.at) as oldest from (values (0::smallint), (1::smallint), (2::smallint)) v(priority)
  cross join lateral (
    select l.first_attempt_at as at from command_lane l
    where l.state = 'ready' and l.tenant_id = p.tenant_id and l.integration = p.integration and l.priority = v.priority
    order by l.next_attempt_at limit $2) x
  where x.at < now() - $3 * interval '1 ms') c
${openGate}`,
}

/** `$1` groups, `$2` letters of each. */
export const letterGroups = {
  name: 'facts_letter_groups',
  text: `
with recursive letter_groups as (
  (select tenant_id, fingerprint from dead_letter where status = 'open' order by tenant_id, fingerprint limit 1)
  union all
  select n.tenant_id, n.fingerprint from letter_groups g cross join lateral (
    select d.tenant_id, d.fingerprint from dead_letter d
    where d.status = 'open' and (d.tenant_id, d.fingerprint) > (g.tenant_id, g.fingerprint)
    order by d.tenant_id, d.fingerprint limit 1) n
)
select g.tenant_id as "tenantId", g.fingerprint, first.class, first.code, first.integration, first.cause,
  c.count::integer as count, extract(epoch from now() - first.created_at)::double precision * 1000 as "oldestAgeMs",
  h.count::integer as "lastHour"
from (select * from letter_groups limit $1) g
cross join lateral (
  select count(*) as count from (
    select from dead_letter d
    where d.status = 'open' and d.tenant_id = g.tenant_id and d.fingerprint = g.fingerprint limit $2) x) c
cross join lateral (
  select count(*) as count from (
    select from dead_letter d
    where d.status = 'open' and d.tenant_id = g.tenant_id and d.fingerprint = g.fingerprint
      and d.created_at > now() - interval '1 hour' limit $2) x) h
cross join lateral (
  select d.class, d.code, d.integration, d.cause, d.created_at from dead_letter d
  where d.status = 'open' and d.tenant_id = g.tenant_id and d.fingerprint = g.fingerprint order by d.created_at limit 1) first`,
}

export const closedGates = {
  name: 'facts_closed_gates',
  text: `
select tenant_id as "tenantId", integration, breaker, reason,
  extract(epoch from now() - shut_since)::double precision * 1000 as "shutMs", coalesce(read_only_since >= shut_since, false) as "readOnly"
from dispatch_gate where shut_since is not null order by shut_since limit $1`,
}

/** `$1` places, `$2` failing for so long, `$3` ending so soon, milliseconds. What failed goes first. */
export const credentials = {
  name: 'facts_credentials',
  text: `
select * from (
  (select tenant_id as "tenantId", workspace, integration, case state when 'failed' then 'failed' else 'failing' end as state,
    error_code as code, extract(epoch from now() - failed_at)::double precision * 1000 as ms
  from integration_credential
  where failed_at is not null and (state = 'failed' or failed_at <= now() - $2 * interval '1 ms')
  order by failed_at limit $1)
  union all
  (select tenant_id, workspace, integration, 'ending', null, extract(epoch from refresh_expires_at - now())::double precision * 1000
  from integration_credential
  where refresh_expires_at <= now() + $3 * interval '1 ms' and failed_at is null and state = 'ready'
  order by refresh_expires_at limit $1)
  union all
  (select tenant_id, workspace, integration, 'ending', null, extract(epoch from expires_at - now())::double precision * 1000
  from integration_credential
  where not renewable and expires_at <= now() + $3 * interval '1 ms' and failed_at is null and state = 'ready'
  order by expires_at limit $1)) c
limit $1`,
}

/** `$1` rules. One that was neither mended nor used for a day is nobody's alarm any more. */
export const trippedRules = {
  name: 'facts_tripped_rules',
  text: `
select tenant_id as "tenantId", rule, trips, last_code as "lastCode",
  greatest(0, extract(epoch from open_until - now())::double precision * 1000) as "openMs"
from rule_breaker where open_until is not null and open_until > now() - interval '1 day' order by open_until desc limit $1`,
}

/** `$2` milliseconds of failing, `$3` lost webhooks of an hour. */
export const reconciles = {
  name: 'facts_reconciles',
  text: `
select tenant_id as "tenantId", integration, stream, error_code as code,
  extract(epoch from clock_timestamp() - failing_since)::double precision * 1000 as "failingMs",
  case when webhooks and hour_at > clock_timestamp() - interval '2 hours' then hour_missed else 0 end as missed
from reconcile_stream
where failing_since <= clock_timestamp() - $2 * interval '1 ms'
  or (hour_missed >= greatest(1, $3::integer) and webhooks and hour_at > clock_timestamp() - interval '2 hours')
order by tenant_id, integration, stream limit $1`,
}

/** Transactions with an id of their own, wherever in the cluster, and prepared ones: the oldest is the fence. */
export const fence = {
  name: 'facts_fence',
  text: `
select * from (
  select extract(epoch from clock_timestamp() - xact_start)::double precision * 1000 as "ageMs", pid,
    coalesce(nullif(application_name, ''), 'unnamed') as application, coalesce(state, 'unknown') as state
  from pg_stat_activity where backend_xid is not null and pid <> pg_backend_pid() and xact_start is not null
  union all
  select extract(epoch from clock_timestamp() - prepared)::double precision * 1000, null, 'prepared transaction ' || gid, 'prepared'
  from pg_prepared_xacts) t
order by "ageMs" desc limit 1`,
}

export const oldestUnpublished = {
  name: 'facts_oldest_unpublished',
  text: `
select max(extract(epoch from clock_timestamp() - first.created_at))::double precision * 1000 as ms
from relay_cursor r
cross join lateral (
  select e.created_at from event_log e
  where e.shard = r.shard and e.entity_seq is not null and (e.txid, e.pos) > (r.txid, r.pos)
    and e.created_at >= least(r.at, now()) - interval '1 hour'
  order by e.txid, e.pos limit 1) first
where not exists (select from paused_shard p where p.shard = r.shard)`,
}

/** One row: what there is one of. */
export const installation = {
  name: 'facts_installation',
  text: `
select clock_timestamp() as at, pg_has_role('pg_read_all_stats', 'usage') as "fenceVisible",
  array(select shard from shard where owner is not null and lease_until > clock_timestamp() order by shard) as "shardsOwned",
  (select coalesce(min(ahead), -1) from (
    select max(from_at::date) - (now() at time zone 'UTC')::date as ahead from log_partitions() where attached group by parent) p
  )::integer as "partitionDaysAhead",
  (select c.system_identifier is null or c.system_identifier is not distinct from coalesce(system_identifier(), c.system_identifier)
   from cluster c) as "ownCluster"`,
}

export const daemons = {
  name: 'facts_daemons',
  text: `
select id, host, version, extract(epoch from clock_timestamp() - started_at)::double precision * 1000 as "uptimeMs", stats, health
from daemon where heartbeat_at >= clock_timestamp() - lease_ms * interval '1 ms' order by host, id limit $1`,
}

export const outboxPauses = {
  name: 'facts_outbox_pauses',
  text: `
select shards, actor as by, reason, at, until from outbox_pause
where until is null or until > clock_timestamp() order by at limit $1`,
}

export const pausedJobs = {
  name: 'facts_paused_jobs',
  text: `
select tenant_id as "tenantId", id, kind, coalesce(paused_because, '') as because from job
where status = 'paused' and paused_itself order by id limit $1`,
}

export const databaseNow = { name: 'health_now', text: 'select clock_timestamp() as now' }

export const reportHealth = {
  name: 'health_report',
  text: 'update daemon set health = $2::jsonb where id = $1',
}
