-- Polls that find what webhooks lost: one row for each stream of an integration that is read. Times are the database's.
create table neuronx.reconcile_stream (
  tenant_id uuid not null references neuronx.tenant,
  workspace text not null,
  integration text not null,
  stream text not null,
  shard smallint not null check (shard between 0 and 63),
  every_ms double precision not null,
  -- Does the document take webhooks at all? If not, what a poll finds is no sign of lost ones.
  webhooks boolean not null,
  -- The directory's when the documents were read: a daemon that is behind changes nothing.
  directory_version bigint not null,
  -- Everything that changed from the set-up until then is published. null: no place to begin at; the next poll begins at its own time.
  read_until timestamptz,
  -- Of a read that was cut: where it goes on, and when it began.
  position jsonb,
  began_at timestamptz,
  wake_at timestamptz not null,
  -- Grows with every turn, and fences it: who comes late writes nothing.
  turn bigint not null default 0,
  owner uuid,
  lease_until timestamptz,
  last_at timestamptz,
  last_ok_at timestamptz,
  failing_since timestamptz,
  failures integer not null default 0,
  error_code text,
  error_text text,
  -- Since it was made: items that were read, events that nothing had told of, items that could not be read as an event.
  found bigint not null default 0,
  missed bigint not null default 0,
  unmapped bigint not null default 0,
  -- What was missed in the hour that began at hour_at.
  hour_at timestamptz not null default 'epoch',
  hour_missed integer not null default 0,
  primary key (tenant_id, integration, stream)
) with (fillfactor = 70);
create index reconcile_stream_due on neuronx.reconcile_stream (shard, wake_at);
create index reconcile_stream_failing on neuronx.reconcile_stream (failing_since) where failing_since is not null;
create index reconcile_stream_missing on neuronx.reconcile_stream (hour_at) where hour_missed > 0;
select neuronx.isolate_by_tenant('neuronx.reconcile_stream');
select neuronx.cross_tenants('neuronx.reconcile_stream', 'neuronx_relay');
select neuronx.cross_tenants('neuronx.reconcile_stream', 'neuronx_control');
grant select, insert, update, delete on neuronx.reconcile_stream to neuronx_app;
grant select on neuronx.reconcile_stream to neuronx_relay, neuronx_control;

-- What a poll brought and no webhook told of so far, for things whose webhooks do not say when they changed: the webhook that comes
-- late says the same and is recognised by it.
create table neuronx.reconcile_sighting (
  tenant_id uuid not null,
  source text not null,
  object text not null,
  sighting jsonb not null,
  changed_at timestamptz not null,
  -- By the vendor's time, when something else was first told of it: what says the same later is another change.
  superseded_at timestamptz,
  event_id uuid not null,
  expires_at timestamptz not null,
  primary key (tenant_id, source, object, event_id)
);
create index on neuronx.reconcile_sighting (expires_at);
select neuronx.isolate_by_tenant('neuronx.reconcile_sighting');
select neuronx.cross_tenants('neuronx.reconcile_sighting', 'neuronx_relay');
grant select, insert, update, delete on neuronx.reconcile_sighting to neuronx_app;
grant select, delete on neuronx.reconcile_sighting to neuronx_relay;
