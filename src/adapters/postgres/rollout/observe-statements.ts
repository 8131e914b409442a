/**
 * Counting is one session's at a time, for a daemon counts and so does everybody who asks for the status: two that count side by
 * side would each miss what the other has under way, and take the rest for all there is. Alone, for what follows in its
 * transaction must see what the one before committed.
 */
export const holdCounting = {
  name: 'rollout_hold_counting',
  text: `select pg_advisory_xact_lock(hashtextextended('neuronx.rollout.' || $1, 0))`,
}

/** Commands whose end is not known yet and that are to be looked at. */
export const openCommands = {
  name: 'rollout_open_commands',
  text: `
select command_id, tenant_id from rollout_command
where rollout_id = $1 and outcome is null and look_at <= now() order by look_at limit $2`,
}

/** In the tenants of the transaction. */
export const commandEnds = {
  name: 'rollout_command_ends',
  text: `
select o.command_id, o.state, o.error from unnest($1::uuid[]) x(id)
cross join lateral (select * from command_outcome o where o.command_id = x.id limit 1) o`,
}

/**
 * `$2` those that were looked at, `$3` the ends that were found. A command that ended dead makes its unit fail, by the other side
 * alone or of our own making; one in doubt is nobody's. What has not ended is looked at again, the later the older it is.
 */
export const settleCommands = {
  name: 'rollout_settle_commands',
  text: `
with ends as (
  select * from json_to_recordset($3::json) as x(command_id uuid, state text, outside boolean)
), seen as (
  update rollout_command c
  set outcome = e.state,
    look_at = clock_timestamp() + least(interval '30 s', greatest(interval '250 ms', (clock_timestamp() - c.at) / 4))
  from unnest($2::uuid[]) x(id) left join ends e on e.command_id = x.id
  where c.rollout_id = $1 and c.command_id = x.id and c.outcome is null
  returning c.tenant_id, c.workspace, c.unit_key, c.step, c.arm, e.state, e.outside
), dead as (
  select tenant_id, workspace, unit_key, step, arm, bool_or(not outside) as own, bool_or(outside) as outside
  from seen where state = 'dead' group by 1, 2, 3, 4, 5
), held as (
  select u.tenant_id, u.workspace, u.unit_key, u.step, d.own, d.outside from dead d
  join rollout_unit u on u.rollout_id = $1 and u.tenant_id = d.tenant_id and u.workspace = d.workspace
    and u.unit_key = d.unit_key and u.step = d.step and u.arm = d.arm
  order by u.tenant_id, u.workspace, u.unit_key, u.step for update of u
)
update rollout_unit u
set failed = u.failed or h.own, failed_outside = u.failed_outside or h.outside, pending = true
from held h
where u.rollout_id = $1 and u.tenant_id = h.tenant_id and u.workspace = h.workspace and u.unit_key = h.unit_key
  and u.step = h.step`,
}

/** Of the same unit in the same arm, in another step: what was counted of it once is never counted again. */
const elsewhere = (what: string): string => `exists (
    select from rollout_unit p
    where p.rollout_id = r.rollout_id and p.tenant_id = r.tenant_id and p.workspace = r.workspace and p.unit_key = r.unit_key
      and p.arm = r.arm and p.step <> r.step and ${what})`

/**
 * Counts what has ripened: `$2` milliseconds after its first event, and what came late of what was counted before. Locks in the
 * order in which daemons write. One statement: an observation is counted once or not at all.
 */
export const foldUnits = {
  name: 'rollout_fold_units',
  text: `
with first as (
  select tenant_id, workspace, unit_key, step from rollout_unit
  where rollout_id = $1 and pending and first_at <= now() - $2 * interval '1 ms' order by first_at limit $3
), ripe as (
  select u.* from first f
  join rollout_unit u on u.rollout_id = $1 and u.tenant_id = f.tenant_id and u.workspace = f.workspace
    and u.unit_key = f.unit_key and u.step = f.step
  order by u.tenant_id, u.workspace, u.unit_key, u.step for update of u
), judged as (
  select r.*, not r.counted as is_new,
    not r.counted and not ${elsewhere('p.step < r.step')} as is_distinct,
    (r.failed or r.failed_outside) and not r.counted_failed
      and not ${elsewhere('(p.counted_failed or (p.step < r.step and (p.failed or p.failed_outside)))')} as new_failed,
    coalesce(r.slow, false) and not r.counted_slow
      and not ${elsewhere('(p.counted_slow or (p.step < r.step and p.slow))')} as new_slow,
    array(select s from unnest(r.signals) s where s <> all(r.counted_signals)
      and not ${elsewhere('(s = any(p.counted_signals) or (p.step < r.step and s = any(p.signals)))')}) as new_signals
  from ripe r
), marked as (
  update rollout_unit u
  set pending = false, counted = true, counted_failed = r.counted_failed or r.failed or r.failed_outside,
    counted_slow = r.counted_slow or coalesce(r.slow, false), counted_signals = r.signals
  from ripe r
  where u.rollout_id = r.rollout_id and u.tenant_id = r.tenant_id and u.workspace = r.workspace and u.unit_key = r.unit_key
    and u.step = r.step
), signals as (
  select step, tenant_id, arm, jsonb_object_agg(name, units) as signals
  from (select step, tenant_id, arm, name, count(*) as units from judged, unnest(new_signals) name group by 1, 2, 3, 4) s
  group by 1, 2, 3
), sums as (
  select j.step, j.tenant_id, j.arm, count(*) filter (where is_new) as units, count(*) filter (where is_distinct) as distinct_units,
    count(*) filter (where new_failed) as failures, count(*) filter (where new_failed and not failed) as outside_failures,
    count(*) filter (where new_slow) as slow, count(*) filter (where is_new and slow = false) as fast
  from judged j group by 1, 2, 3
), added as (
  insert into rollout_count as c (rollout_id, step, tenant_id, arm, units, distinct_units, failures, outside_failures, slow, fast, signals)
  select $1, s.step, s.tenant_id, s.arm, units, distinct_units, failures, outside_failures, slow, fast, coalesce(g.signals, '{}')
  from sums s left join signals g on g.step = s.step and g.tenant_id = s.tenant_id and g.arm = s.arm
  order by s.step, s.tenant_id, s.arm
  on conflict (rollout_id, step, tenant_id, arm) do update
  set units = c.units + excluded.units, distinct_units = c.distinct_units + excluded.distinct_units,
    failures = c.failures + excluded.failures, outside_failures = c.outside_failures + excluded.outside_failures,
    slow = c.slow + excluded.slow, fast = c.fast + excluded.fast,
    signals = case when excluded.signals = '{}' then c.signals else (
      select jsonb_object_agg(k, coalesce((c.signals ->> k)::bigint, 0) + coalesce((excluded.signals ->> k)::bigint, 0))
      from jsonb_object_keys(c.signals || excluded.signals) k) end
)
select count(*)::integer as folded from ripe`,
}

export const foldTallies = {
  name: 'rollout_fold_tallies',
  text: `
with gone as (
  delete from rollout_tally where n in (
    select n from rollout_tally where rollout_id = $1 order by n limit $2) returning *
), added as (
  insert into rollout_count as c (rollout_id, step, tenant_id, arm, events, unassignable, both_failed)
  select $1, step, tenant_id, '*', sum(events), sum(unassignable), sum(both_failed) from gone group by step, tenant_id
  order by step, tenant_id
  on conflict (rollout_id, step, tenant_id, arm) do update
  set events = c.events + excluded.events, unassignable = c.unassignable + excluded.unassignable,
    both_failed = c.both_failed + excluded.both_failed
)
select count(*)::integer as folded from gone`,
}

/** Everything that had ripened is counted. `$2`: the age of the log's oldest unpublished event. */
export const noteCounted = {
  name: 'rollout_note_counted',
  text: 'update rollout set counts_at = clock_timestamp(), backlog_ms = $2 where id = $1',
}

export const counts = {
  name: 'rollout_counts',
  text: `
select c.step, t.slug as tenant, c.arm, c.units, c.distinct_units as "distinct", c.failures, c.outside_failures as "outsideFailures",
  c.slow, c.fast, c.signals, c.events, c.unassignable, c.both_failed as "bothFailed"
from rollout_count c join tenant t on t.id = c.tenant_id where c.rollout_id = $1`,
}

export const configErrors = {
  name: 'rollout_config_errors',
  text: `
select event_id as "eventId", unit_key as unit, document, code, message from rollout_config_error
where rollout_id = $1 order by at, event_id limit $2`,
}

export const configErrorCount = {
  name: 'rollout_config_error_count',
  text: 'select count(*)::integer as count from rollout_config_error where rollout_id = $1',
}

/** The most actions of a unit in one step, in an arm; one or none is not kept apart. */
export const mostActions = {
  name: 'rollout_most_actions',
  text: `
select actions from rollout_unit where rollout_id = $1 and arm = $2 and actions > 1
order by rollout_id desc, arm desc, actions desc limit 1`,
}

export const actionsOfHour = {
  name: 'rollout_actions_of_hour',
  text: `
select count(*)::integer as count from (
  select from rollout_command where rollout_id = $1 and arm = $2 and at > now() - interval '1 hour' limit $3) x`,
}

/** One row: what the judge must know beside the counts. `$2`: the step, -1 in shadow. */
export const facts = {
  name: 'rollout_facts',
  text: `
select floor(extract(epoch from clock_timestamp()) * 1000)::double precision as "nowMs",
  (extract(epoch from r.counts_at) * 1000)::double precision as "countsAtMs", r.backlog_ms as "backlogMs",
  (select count(*)::integer from (
    select from rollout_unit u where u.rollout_id = r.id and u.step = $2 and u.both_arms limit 1000) x) as "bothArms",
  (select json_build_object('candidate', count(*) filter (where arm <> 'b'), 'baseline', count(*) filter (where arm <> 'c')) from (
    select arm from rollout_unit u where u.rollout_id = r.id and u.step = $2 and u.pending and not u.counted limit 100000) x)
    as waiting,
  (select coalesce(json_agg(d.id order by d.id), '[]') from daemon d
    left join rollout_ack a on a.rollout_id = r.id and a.daemon_id = d.id
    where d.heartbeat_at >= now() - d.lease_ms * interval '1 ms' and coalesce(a.version, 0) < r.assigned_version) as behind,
  (select coalesce(max(abs((d.health ->> 'skewMs')::double precision)), 0) from daemon d
    where d.heartbeat_at >= now() - d.lease_ms * interval '1 ms') as "skewMs",
  (select coalesce(json_agg(json_build_object('step', p.step, 'by', p.by)), '[]') from rollout_approval p
    where p.rollout_id = r.id) as approvals,
  (select coalesce(json_agg(t.slug order by t.slug), '[]') from rollout_scope s join tenant t on t.id = s.tenant_id
    where s.rollout_id = r.id and t.status <> 'active') as suspended,
  (select c.digest from rollout_scope s
    left join active_revision v on v.tenant_id is not distinct from s.tenant_id and v.workspace is not distinct from s.workspace
    left join revision c on c.id = v.revision_id
    where s.rollout_id = r.id and r.live and v.revision_id is distinct from s.baseline_revision_id limit 1) as moved
from rollout r where r.id = $1`,
}
