/**
 * A read has an integration's sightings for itself, deliveries have them together: one lock for all things of a source, for a table of
 * locks holds some thousand in all. Taken in one order.
 */
export const lockSources = {
  name: 'sighting_lock',
  text: `
select case when reads then pg_advisory_xact_lock(k) else pg_advisory_xact_lock_shared(k) end from (
  select hashtextextended(tenant_id || ' ' || source, 28) as k, bool_or(reads) as reads
  from json_to_recordset($1::json) as x(tenant_id text, source text, reads boolean) group by 1 order by 1) s`,
}

/** Locked in the order of the input: a sighting counts for one delivery. */
export const heldSightings = {
  name: 'sighting_held',
  text: `
select s.* from json_to_recordset($1::json) as x(tenant_id uuid, source text, object text) cross join lateral (
  select r.tenant_id, r.source, r.object, r.sighting, r.changed_at, r.superseded_at, r.event_id from reconcile_sighting r
  where r.tenant_id = x.tenant_id and r.source = x.source and r.object = x.object and r.expires_at > now()
  order by r.event_id limit 1000 for update) s`,
}

/** Events that tell of things, from when the first of an entity's changed on: a delivery is not sent before the change. */
export const toldOf = {
  name: 'sighting_told',
  text: `
select x.ord, e.event_id, e.type, e.external_id, e.data, e.headers->>'time' as time, e.created_at
from json_to_recordset($1::json) as x(ord integer, tenant_id uuid, source text, entity_key text, types text[], since timestamptz)
cross join lateral (
  select l.event_id, l.type, l.external_id, l.data, l.headers, l.created_at, l.entity_seq from event_log l
  where l.tenant_id = x.tenant_id and l.entity_key = x.entity_key and l.created_at >= x.since
    and l.source = x.source and l.type = any(x.types)
  order by l.entity_seq desc limit 5000) e
order by x.ord, e.entity_seq desc`,
}

export const putSightings = {
  name: 'sighting_put',
  text: `
insert into reconcile_sighting as s (tenant_id, source, object, sighting, changed_at, superseded_at, event_id, expires_at)
select tenant_id, source, object, sighting, changed_at, superseded_at, event_id, now() + $2 * interval '1 ms'
from json_to_recordset($1::json) as x(tenant_id uuid, source text, object text, sighting jsonb, changed_at timestamptz,
  superseded_at timestamptz, event_id uuid)
order by tenant_id, source, object, event_id
on conflict (tenant_id, source, object, event_id) do update set superseded_at = excluded.superseded_at`,
}

/**
 * By the event, whatever names the thing has. Each row is looked up by its key, and is held by this transaction: joined plainly, the
 * whole table would be read.
 */
export const dropSightings = {
  name: 'sighting_drop',
  text: `
delete from reconcile_sighting s using (
  select r.ctid as at from json_to_recordset($1::json) as x(tenant_id uuid, source text, object text, event_id uuid)
  cross join lateral (
    select r.ctid from reconcile_sighting r
    where r.tenant_id = x.tenant_id and r.source = x.source and r.object = x.object and r.event_id = x.event_id limit 1) r) k
where s.ctid = k.at`,
}

/**
 * Keys that were taken for what another key told of already lead to that event, for when they come again; those that do not stay are
 * to be had again by the next transaction. Taken by this one, and looked up one by one like the ones above.
 */
export const repoint = {
  name: 'sighting_repoint',
  text: `
update inbox i set event_id = k.event_id, expires_at = case when k.stays then i.expires_at else now() end from (
  select r.ctid as at, x.event_id, x.stays
  from json_to_recordset($1::json) as x(tenant_id uuid, source text, external_id text, event_id uuid, stays boolean)
  cross join lateral (
    select r.ctid from inbox r
    where r.tenant_id = x.tenant_id and r.source = x.source and r.external_id = x.external_id limit 1) r) k
where i.ctid = k.at`,
}
