/** The shape of a run as it is selected from a table aliased `r`. */
export const runColumns = `
r.id, r.tenant_id as "tenantId", r.workspace, r.schedule, r.due_at as "dueAt", r.cause, r.status, r.target, r.cursor, r.looked,
r.emitted, r.failed, r.first_error as "firstError", r.note, r.actor, r.started_at as "startedAt", r.ended_at as "endedAt"`

/**
 * Schedule documents of the fleet concern all tenants, a tenant's all its workspaces: those that have a revision or a token of
 * their own, and `default`.
 */
export const places = {
  name: 'schedule_places',
  text: `
with authored as (
  select a.tenant_id, a.workspace
  from (select distinct tenant_id from document where kind = 'Schedule') s
  join active_revision a on a.tenant_id is not distinct from s.tenant_id
  join revision r on r.id = a.revision_id
  where exists (
    select from unnest(r.documents) u(digest) join document d on d.digest = u.digest
    where d.tenant_id is not distinct from r.tenant_id and d.kind = 'Schedule')
), wide as (
  select t.id as tenant_id from tenant t where exists (select from authored a where a.tenant_id is null)
  union
  select tenant_id from authored where tenant_id is not null and workspace is null
)
select tenant_id as "tenantId", workspace from authored where workspace is not null
union select tenant_id, 'default' from wide
union select w.tenant_id, a.workspace from wide w join active_revision a on a.tenant_id = w.tenant_id and a.workspace is not null
union select w.tenant_id, k.workspace from wide w join api_token k on k.tenant_id = w.tenant_id and k.revoked_at is null
union select tenant_id, workspace from schedule`,
}

export const lockPlace = {
  name: 'schedule_lock_place',
  text: `
select name, digest, timing, directory_version as "version", clock_timestamp() as now from schedule
where tenant_id = $1 and workspace = $2 order by name for no key update`,
}

export const databaseNow = { name: 'schedule_now', text: 'select clock_timestamp() as now' }

/** Looked at at once: the turn finds when it is really due. What was paused stays paused. */
export const putSchedule = {
  name: 'schedule_put',
  text: `
insert into schedule as s (tenant_id, workspace, name, shard, digest, timing, times, directory_version, next_at)
values ($1, $2, $3, $4, $5, $6, $7, $8::bigint, $9::timestamptz)
on conflict (tenant_id, workspace, name) do update set digest = excluded.digest, times = excluded.times,
  directory_version = excluded.directory_version, wake_at = clock_timestamp(), timing = excluded.timing,
  next_at = case when s.timing = excluded.timing then s.next_at else excluded.next_at end
where s.directory_version <= excluded.directory_version returning name`,
}

export const removeSchedule = {
  name: 'schedule_remove',
  text: `delete from schedule where tenant_id = $1 and workspace = $2 and name = $3 returning name`,
}

export const cancelRuns = {
  name: 'schedule_cancel_runs',
  text: `
update schedule_run set status = 'cancelled', note = $4, ended_at = clock_timestamp()
where tenant_id = $1 and workspace = $2 and schedule = $3 and status in ('waiting', 'running') returning id`,
}

export const due = {
  name: 'schedule_due',
  text: `
select f.tenant_id as "tenantId", f.workspace, f.name, f.turn
from unnest($1::smallint[]) x(shard) cross join lateral (
  select * from schedule s
  where s.shard = x.shard and s.paused_at is null and s.wake_at <= statement_timestamp()
    and exists (select from tenant t where t.id = s.tenant_id and t.status = 'active')
  order by s.wake_at limit $2) f
order by f.wake_at limit $2`,
}

export const nextDue = {
  name: 'schedule_next_due',
  text: `
select extract(epoch from min(f.wake_at) - clock_timestamp())::double precision * 1000 as ms
from unnest($1::smallint[]) x(shard) cross join lateral (
  select wake_at from schedule s where s.shard = x.shard and s.paused_at is null and s.wake_at < 'infinity'
    and exists (select from tenant t where t.id = s.tenant_id and t.status = 'active')
  order by s.wake_at limit 1) f`,
}

/** Whoever has it has it: nobody waits. */
export const hold = {
  name: 'schedule_hold',
  text: `
select s.digest, s.next_at as "nextAt", clock_timestamp() as now from schedule s
where s.tenant_id = $1 and s.workspace = $2 and s.name = $3 and s.turn = $4 and s.paused_at is null
  and s.wake_at <= clock_timestamp()
  and exists (select from tenant t where t.id = s.tenant_id and t.status = 'active')
for no key update of s skip locked`,
}

export const openRun = {
  name: 'schedule_open_run',
  text: `
select ${runColumns} from schedule_run r
where r.tenant_id = $1 and r.workspace = $2 and r.schedule = $3 and r.status in ('waiting', 'running')
order by r.status = 'running' desc, r.due_at, r.id limit 1`,
}

export const insertRun = {
  name: 'schedule_run_insert',
  text: `
insert into schedule_run as r (id, tenant_id, workspace, schedule, due_at, cause, status, note, actor, ended_at)
values ($1, $2, $3, $4, $5::timestamptz, $6, $7, $8, $9, case when $7 = 'skipped' then clock_timestamp() end)
on conflict (id) do nothing returning ${runColumns}`,
}

export const beginRun = {
  name: 'schedule_run_begin',
  text: `
update schedule_run r set status = 'running', target = $2, started_at = coalesce(started_at, clock_timestamp())
where r.id = $1 and r.status in ('waiting', 'running') returning ${runColumns}`,
}

const visited = 'e.workspace = $4 and e.kind = $5'

/**
 * By key and not by kind: how much one look may read is bounded even where a kind is rare. What another one holds is not fetched.
 */
export const entities = {
  name: 'schedule_entities',
  text: `
select e.entity_key, e.kind, e.id,
  case when ${visited} then e.fields end as fields, case when ${visited} then e.scores end as scores,
  case when ${visited} then case when e.scores <> '{}' then e.marks else '{}' end end as marks
from entity e where e.tenant_id = $1 and e.entity_key > $2 order by e.entity_key limit $3`,
}

export const countRun = {
  name: 'schedule_run_count',
  text: `
update schedule_run r set cursor = coalesce($2, cursor), looked = looked + $3, emitted = emitted + $4, failed = failed + $5,
  first_error = coalesce(first_error, $6),
  status = case when not $7::boolean then status when failed + $5 > 0 then 'partly_failed' else 'done' end,
  ended_at = case when $7::boolean then clock_timestamp() end
where r.id = $1 and r.status = 'running' returning id`,
}

export const endTurn = {
  name: 'schedule_end_turn',
  text: `
update schedule set turn = turn + 1, trouble = null, next_at = $4::timestamptz,
  wake_at = case when $5::double precision is null then coalesce($4::timestamptz, 'infinity')
    else clock_timestamp() + $5::double precision * interval '1 ms' end
where tenant_id = $1 and workspace = $2 and name = $3`,
}

export const trouble = {
  name: 'schedule_trouble',
  text: `
update schedule set trouble = $5::jsonb || jsonb_build_object('at', to_char(clock_timestamp() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')),
  wake_at = clock_timestamp() + $6::double precision * interval '1 ms', turn = turn + 1
where tenant_id = $1 and workspace = $2 and name = $3 and turn = $4`,
}

export const attention = {
  name: 'schedule_attention',
  text: `
select s.tenant_id as "tenantId", s.workspace, s.name, s.trouble,
  greatest(0, extract(epoch from clock_timestamp() - s.wake_at))::double precision * 1000 as "overdueMs"
from schedule s join tenant t on t.id = s.tenant_id
where s.paused_at is null and t.status = 'active'
  and (s.trouble is not null or s.wake_at < statement_timestamp() - $1::double precision * interval '1 ms')
order by s.trouble is null, s.wake_at limit $2`,
}

export const forgetRuns = {
  name: 'schedule_run_forget',
  text: `
delete from schedule_run where id in (
  select id from schedule_run where ended_at < statement_timestamp() - $1::double precision * interval '1 ms'
  order by ended_at limit $2) returning id`,
}
