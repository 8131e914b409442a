/**
 * Old days of the log, each with the first thing found that needs it. What refers to events is looked at from the side that
 * refers: those rows have not ended, so they are few; the log is found by id, in the old partitions alone.
 */
export const expiredEvents = {
  name: 'retention_expired_events',
  text: `
with old as materialized (
  select child, from_at, until_at from log_partitions()
  where parent = 'event_log' and attached and until_at <= now() - $1 * interval '1 ms' order by until_at limit $2
), edge as materialized (
  select max(until_at) as at from old
), needed as materialized (
  select 'command' as by, e.created_at from edge cross join command_lane l join command c on c.id = l.command_id
  cross join lateral (
    select created_at from event_log e where e.event_id = c.event_id and e.created_at < edge.at limit 1) e
  union all
  select 'dead_letter', e.created_at from edge cross join dead_letter d
  left join command c on c.id = d.command_id
  cross join lateral (
    select created_at from event_log e
    where e.event_id in (d.event_id, c.event_id) and e.created_at < edge.at) e
  where d.status in ('open', 'replaying')
  union all
  select 'workflow', e.created_at from edge cross join workflow_instance w
  cross join lateral (
    select created_at from event_log e where e.event_id = w.started_by and e.created_at < edge.at limit 1) e
  where w.status = 'waiting'
  union all
  select 'workflow', e.created_at from edge cross join workflow_instance w
  join entity n on n.tenant_id = w.tenant_id and n.entity_key = w.entity_key
  cross join lateral (
    select created_at from event_log e
    where e.tenant_id = n.tenant_id and e.entity_key = n.entity_key and e.entity_seq = n.applied_seq and e.created_at < edge.at
    limit 1) e
  where w.status = 'waiting'
)
select o.child as name, o.until_at as until, coalesce(
  (select 'cursor' from relay_cursor c join reconcile_cursor r on r.shard = c.shard
   cross join lateral (
     select 1 from event_log e
     where e.shard = c.shard and e.entity_seq is not null and e.created_at >= o.from_at and e.created_at < o.until_at
       and ((e.txid, e.pos) > (c.txid, c.pos) or (e.txid, e.pos) > (r.txid, r.pos)) limit 1) behind
   limit 1),
  (select by from needed n where n.created_at >= o.from_at and n.created_at < o.until_at order by by limit 1)
) as "heldBy"
from old o order by o.until_at`,
}

/** Decisions have no cursors; they go once no event of their day or of an earlier one is left, and their entities have their bases. */
export const expiredOthers = {
  name: 'retention_expired_others',
  text: `
select p.child as name, p.until_at as until, case when exists (
  select from log_partitions() e where e.parent = 'event_log' and e.attached and e.until_at <= p.until_at) then 'earlier_events'
when not exists (select from base_walk w where w.day = p.child and w.done_at is not null) then 'base'
end as "heldBy"
from log_partitions() p
where p.parent = 'decision' and p.attached and p.until_at <= now() - $1 * interval '1 ms' order by p.until_at limit $2`,
}

export const detach = { name: 'retention_detach', text: 'select detach_partition($1::name) as detached' }

export const dropDetached = {
  name: 'retention_drop',
  text: 'select name::text as name from drop_detached_partitions() as name',
}

/**
 * The outcome goes first: a command that is being replayed at this moment takes its own outcome away, and is then left alone.
 * A command that a letter which is open speaks of stays with it.
 */
export const deleteCommands = {
  name: 'retention_commands',
  text: `
with old as (
  select o.command_id from command_outcome o
  where o.ended_at < now() - $1 * interval '1 ms' and not exists (
    select from dead_letter d
    where d.tenant_id = o.tenant_id and d.command_id = o.command_id and d.status in ('open', 'replaying'))
  order by o.ended_at limit $2
), gone as (
  delete from command_outcome o using old where o.command_id = old.command_id returning o.command_id
), attempts as (
  delete from command_attempt a using gone where a.command_id = gone.command_id
), clearances as (
  delete from send_clearance s using gone where s.command_id = gone.command_id
), messages as (
  delete from sent_message m using gone where m.command_id = gone.command_id
), commands as (
  delete from command c using gone where c.id = gone.command_id
)
select count(*)::integer as rows from gone`,
}

/** Its items, up to 100,000 of them, and what it rebuilt go with a job: so few at a time. */
export const deleteJobs = {
  name: 'retention_jobs',
  text: `
with old as (
  select id from job where ended_at < now() - $1 * interval '1 ms' order by ended_at limit least($2, 10)
), gone as (
  delete from job j using old where j.id = old.id returning j.id
), rebuilt as (
  delete from entity_rebuild r using gone where r.job_id = gone.id
)
select count(*)::integer as rows from gone`,
}

/** Found by when they were started: one that ended a moment ago is older than its end says, and stays. */
export const deleteInstances = {
  name: 'retention_instances',
  text: `
with old as (
  select id from workflow_instance
  where status <> 'waiting' and started_at < now() - $1 * interval '1 ms'
    and (state->>'endedAt')::timestamptz < now() - $1 * interval '1 ms'
  order by started_at limit $2
), gone as (
  delete from workflow_instance w using old where w.id = old.id and w.status <> 'waiting' returning 1
)
select count(*)::integer as rows from gone`,
}

/** Trouble of events that are gone or long published. The table has a row only per event that had trouble. */
export const deleteTroubles = {
  name: 'retention_troubles',
  text: `
with old as (
  select event_id from publish_trouble where last_at < now() - $1 * interval '1 ms' limit $2
), gone as (
  delete from publish_trouble t using old where t.event_id = old.event_id returning 1
)
select count(*)::integer as rows from gone`,
}

export const deleteLetters = {
  name: 'retention_letters',
  text: `
with old as (
  select id from dead_letter
  where status in ('resolved', 'discarded') and created_at < now() - $1 * interval '1 ms' order by created_at limit $2
), gone as (
  delete from dead_letter d using old where d.id = old.id and d.status in ('resolved', 'discarded') returning 1
)
select count(*)::integer as rows from gone`,
}
