/**
 * One lock per cap and entity, in one order for all: who asks about the same cap waits here, and reads what the other has taken.
 * A statement of its own, so that the reads after it see what was committed meanwhile.
 */
export const lockCaps = {
  name: 'send_lock_caps',
  text: `
select pg_advisory_xact_lock(x.k) from (
  select distinct hashtextextended(name, 0) as k from unnest($1::text[]) as n(name) order by 1) x`,
}

/** Attempts that still hold their lease; their rows are not removed until this transaction ends. */
export const holdLeases = {
  name: 'send_hold_leases',
  text: `
select l.command_id, l.run_lease::text as run_lease, extract(epoch from clock_timestamp())::double precision * 1000 as now,
  extract(epoch from l.queued_at)::double precision * 1000 as queued
from (
  select k.n, k.lane_key from unnest($1::uuid[]) x(command_id)
  cross join lateral (select n, lane_key from command_lane l where l.command_id = x.command_id limit 1) k order by k.lane_key
) k
cross join lateral (select * from command_lane l where l.n = k.n and l.state = 'leased' limit 1 for key share) l`,
}

/** What is known of the entities. */
export const entityFields = {
  name: 'send_entity_fields',
  text: `
select x.tenant_id, x.entity_key, e.fields
from unnest($1::uuid[], $2::text[]) as x(tenant_id, entity_key)
cross join lateral (select fields from entity e where e.tenant_id = x.tenant_id and e.entity_key = x.entity_key limit 1) e`,
}

/**
 * When each contact last wrote, by channel, as far back as is asked: the earlier of when it says so and when it was accepted, so that
 * neither a clock that is ahead nor a late delivery makes a window longer.
 */
export const lastInbound = {
  name: 'send_last_inbound',
  text: `
select x.tenant_id, x.entity_key, e.channel, e.at
from unnest($1::uuid[], $2::text[], $3::double precision[]) as x(tenant_id, entity_key, back_ms)
cross join lateral (
  select l.data->>'channel' as channel,
    extract(epoch from max(least(l.created_at, (l.headers->>'time')::timestamptz)))::double precision * 1000 as at
  from event_log l
  where l.tenant_id = x.tenant_id and l.entity_key = x.entity_key and l.type = 'message.received'
    and l.created_at > now() - $4 * interval '1 ms' and l.created_at > now() - x.back_ms * interval '1 ms'
    and coalesce(l.data->>'direction', 'inbound') = 'inbound' and l.data->>'channel' is not null
  group by 1) e`,
}

/** Slots that count. `free`: their command is neither being called nor was it ever: it can be taken from it. */
export const slotsInUse = {
  name: 'send_slots',
  text: `
select s.tenant_id, s.entity_key, s.cap, s.command_id, s.priority,
  extract(epoch from s.taken_at)::double precision * 1000 as taken,
  exists (select from command_lane l
    where l.command_id = s.command_id and l.state in ('ready', 'waiting') and l.sent_at is null and l.attempt = 0) as free
from (select distinct * from unnest($1::uuid[], $2::text[], $3::text[]) as k(tenant_id, entity_key, cap)) x
cross join lateral (
  select * from send_slot s
  where s.tenant_id = x.tenant_id and s.entity_key = x.entity_key and s.cap = x.cap offset 0) s`,
}

/** Under these caps; what is over goes along. */
export const dropSlots = {
  name: 'send_drop_slots',
  text: `
delete from send_slot s using json_to_recordset($1::json) as x(tenant_id uuid, entity_key text, cap text, command_id uuid)
where s.tenant_id = x.tenant_id and s.entity_key = x.entity_key and s.cap = x.cap
  and (s.command_id = x.command_id or s.expires_at < clock_timestamp())`,
}

export const takeSlots = {
  name: 'send_take_slots',
  text: `
insert into send_slot (tenant_id, entity_key, cap, command_id, priority, taken_at, expires_at)
select tenant_id, entity_key, cap, command_id, priority, to_timestamp(now_ms / 1000),
  to_timestamp(now_ms / 1000) + within_ms * interval '1 ms'
from json_to_recordset($1::json) as x(tenant_id uuid, entity_key text, cap text, command_id uuid, priority smallint,
  now_ms double precision, within_ms double precision)
on conflict (tenant_id, entity_key, cap, command_id) do update
set taken_at = excluded.taken_at, expires_at = excluded.expires_at, priority = excluded.priority`,
}

export const writeClearances = {
  name: 'send_clearances',
  text: `
insert into send_clearance (command_id, run_lease, tenant_id, relied_on)
select command_id, run_lease, tenant_id, relied_on
from json_to_recordset($1::json) as x(command_id uuid, run_lease bigint, tenant_id uuid, relied_on jsonb)
on conflict (command_id, run_lease) do nothing`,
}
