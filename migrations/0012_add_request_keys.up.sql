-- The key of a whole request (Idempotency-Key) is an inbox row like any other; this is what it was answered with. Null: the
-- key of an event.
alter table neuronx.inbox add column answer jsonb;

-- An event that was begun and neither finished nor failed: its process died over it. Written only while a shard is young,
-- when what is delivered may be what killed the owner before.
create table neuronx.event_start (
  event_id uuid primary key,
  tenant_id uuid not null,
  -- The process that began it last, and how many did.
  owner text not null,
  starts integer not null default 1 check (starts > 0),
  at timestamptz not null default clock_timestamp()
) with (fillfactor = 70);
create index event_start_at on neuronx.event_start (at);
select neuronx.isolate_by_tenant('neuronx.event_start');
select neuronx.cross_tenants('neuronx.event_start', 'neuronx_relay');
grant select, insert, update, delete on neuronx.event_start to neuronx_app;
grant select, delete on neuronx.event_start to neuronx_relay;
