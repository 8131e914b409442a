/**
 * Of a fleet's document every tenant has one; an overlay need not name its connector. Who has streams already is looked at too: they
 * may be asked for no more.
 */
export const tenants = {
  name: 'reconcile_tenants',
  text: `
with asking as (
  select digest, tenant_id from document
  where kind = 'Integration' and (body->>'connector' is null or body->>'connector' = any($1::text[]))
    and body->'reconcile' is not null and body->'reconcile' not in ('false', 'null')
), authored as (
  select distinct a.tenant_id
  from (select distinct tenant_id from asking) s
  join active_revision a on a.tenant_id is not distinct from s.tenant_id
  join revision r on r.id = a.revision_id
  where exists (
    select from unnest(r.documents) u(digest) join asking d on d.digest = u.digest
    where d.tenant_id is not distinct from r.tenant_id)
)
select t.id as "tenantId", (select version::text from directory_version) as version, (
    select hashtextextended(coalesce(string_agg(a.revision_id || ' ' || a.activated_at, ',' order by a.tenant_id, a.workspace), ''), 0)::text
    from active_revision a where a.tenant_id = t.id or a.tenant_id is null) as active
from tenant t
where t.status = 'active' and (exists (select from authored a where a.tenant_id = t.id or a.tenant_id is null)
  or exists (select from reconcile_stream s where s.tenant_id = t.id))`,
}

/**
 * A new one is first due some time within its period: thousands of tenants must not be polled at one instant. It begins where it is
 * set up, not where it is first polled: what changes while no daemon runs, or its first polls die, is read all the same.
 */
export const put = {
  name: 'reconcile_put',
  text: `
insert into reconcile_stream as s (tenant_id, workspace, integration, stream, shard, every_ms, webhooks, directory_version, read_until, wake_at)
select $1, x.workspace, x.integration, x.stream, $2::smallint, x."everyMs", x.webhooks, $4::bigint,
  clock_timestamp(), clock_timestamp() + random() * least(x."everyMs", 300000) * interval '1 ms'
from json_to_recordset($3::json) as x(workspace text, integration text, stream text, "everyMs" double precision, webhooks boolean)
order by x.integration, x.stream
on conflict (tenant_id, integration, stream) do update set workspace = excluded.workspace, every_ms = excluded.every_ms,
  webhooks = excluded.webhooks, directory_version = excluded.directory_version,
  wake_at = least(s.wake_at, clock_timestamp() + random() * least(excluded.every_ms, 300000) * interval '1 ms')
where s.directory_version <= excluded.directory_version
  and (s.workspace, s.every_ms, s.webhooks) is distinct from (excluded.workspace, excluded.every_ms, excluded.webhooks)`,
}

export const drop = {
  name: 'reconcile_drop',
  text: `
delete from reconcile_stream s
where s.tenant_id = $1 and s.directory_version <= $3::bigint and not exists (
  select from json_to_recordset($2::json) as x(integration text, stream text)
  where x.integration = s.integration and x.stream = s.stream)`,
}

const isFree = '(s.lease_until is null or s.lease_until <= clock_timestamp())'
const isActive = `exists (select from tenant t where t.id = s.tenant_id and t.status = 'active')`

export const due = {
  name: 'reconcile_due',
  text: `
select f.tenant_id as "tenantId", f.integration, f.stream, f.turn::text as turn
from unnest($1::smallint[]) x(shard) cross join lateral (
  select * from reconcile_stream s
  where s.shard = x.shard and s.wake_at <= statement_timestamp() and ${isFree} and ${isActive}
  order by s.wake_at limit $2) f
order by f.wake_at limit $2`,
}

/** Of each shard the first eight count: no more are under way for longer. */
export const nextDue = {
  name: 'reconcile_next_due',
  text: `
select extract(epoch from min(greatest(f.wake_at, f.lease_until)) - clock_timestamp())::double precision * 1000 as ms
from unnest($1::smallint[]) x(shard) cross join lateral (
  select s.wake_at, s.lease_until from reconcile_stream s
  where s.shard = x.shard and ${isActive} order by s.wake_at limit 8) f`,
}

/** The turn is fenced: whoever comes back after the lease finds another number. `$6`: need it be due? `$7`: its turn, or null. */
export const begin = {
  name: 'reconcile_begin',
  text: `
update reconcile_stream s
set owner = $4, lease_until = clock_timestamp() + $5 * interval '1 ms', turn = s.turn + 1
where s.tenant_id = $1 and s.integration = $2 and s.stream = $3 and ${isFree} and ${isActive}
  and (not $6::boolean or s.wake_at <= clock_timestamp()) and ($7::bigint is null or s.turn = $7::bigint)
returning s.tenant_id as "tenantId", s.workspace, s.integration, s.stream, s.turn::text as turn, s.every_ms as "everyMs",
  s.read_until as "readUntil", s.position, s.began_at as "beganAt", s.failures,
  clock_timestamp() as now`,
}

/** Sets the counts (`$6` to `$8`) of a turn (`$1` to `$5`) that ends. Missed ones are counted by the hour. */
const counted = `
update reconcile_stream s
set owner = null, lease_until = null, found = s.found + $6::bigint, missed = s.missed + $7::bigint, unmapped = s.unmapped + $8::bigint,
  hour_missed = case when s.hour_at > clock_timestamp() - interval '1 hour' then s.hour_missed else 0 end + $7::integer,
  hour_at = case when s.hour_at > clock_timestamp() - interval '1 hour' then s.hour_at else clock_timestamp() end`
const ofTurn = `
where s.tenant_id = $1 and s.integration = $2 and s.stream = $3 and s.owner = $4 and s.turn = $5::bigint
returning s.stream`

/** What was read never goes back. `$14`: is a failure one more in a row? */
export const end = {
  name: 'reconcile_end',
  text: `${counted},
  read_until = greatest(s.read_until, $9::timestamptz), position = $10::jsonb, began_at = $11::timestamptz,
  last_at = clock_timestamp(), last_ok_at = case when $12::text is null then clock_timestamp() else s.last_ok_at end,
  failing_since = case when $12::text is null then null else coalesce(s.failing_since, clock_timestamp()) end,
  failures = case when $12::text is null then 0 when $14::boolean then s.failures + 1 else s.failures end,
  error_code = $12::text, error_text = $13::text,
  wake_at = clock_timestamp() + coalesce($15::double precision, s.every_ms * (0.9 + random() * 0.2)) * interval '1 ms'${ofTurn}`,
}

export const endBeside = { name: 'reconcile_end_beside', text: counted + ofTurn }

export const standings = {
  name: 'reconcile_standings',
  text: `
select workspace, integration, stream, every_ms as "everyMs", read_until as "readUntil", last_at as "lastAt",
  last_ok_at as "lastOkAt", wake_at as "nextAt", found::double precision as found, missed::double precision as missed,
  unmapped::double precision as unmapped, failures,
  case when error_code is null then null else jsonb_build_object('code', error_code, 'message', error_text) end as error
from reconcile_stream where tenant_id = $1 and ($2::text is null or integration = $2) order by integration, stream limit 500`,
}
