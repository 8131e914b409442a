-- Schedules of the active configuration, and when each is next due. Kept in step with the documents by the daemon that owns the
-- shard; what people did to them (paused) and the runs are here alone.
create table neuronx.schedule (
  tenant_id uuid not null references neuronx.tenant,
  workspace text not null,
  name text not null,
  shard smallint not null check (shard between 0 and 63),
  -- Of the document, and of when it runs.
  digest text not null,
  timing text not null,
  times text not null,
  -- The directory's when the documents were read: a daemon that is behind changes nothing.
  directory_version bigint not null,
  -- null: not promised yet.
  next_at timestamptz,
  -- When somebody has to look at it: its run goes on, or the next is due.
  wake_at timestamptz not null default clock_timestamp(),
  -- Grows with every turn.
  turn bigint not null default 0,
  paused_at timestamptz,
  paused_by text,
  -- Why it cannot run: {"code", "message", "at"}.
  trouble jsonb,
  primary key (tenant_id, workspace, name)
) with (fillfactor = 70);
create index schedule_due on neuronx.schedule (shard, wake_at) where paused_at is null;
select neuronx.isolate_by_tenant('neuronx.schedule');
select neuronx.cross_tenants('neuronx.schedule', 'neuronx_relay');
select neuronx.cross_tenants('neuronx.schedule', 'neuronx_control');
grant select, insert, update, delete on neuronx.schedule to neuronx_app;
grant select on neuronx.schedule to neuronx_relay, neuronx_control;

-- One row per run. A run that came due has an id that follows from its time, so that it is made once.
create table neuronx.schedule_run (
  id uuid primary key,
  tenant_id uuid not null references neuronx.tenant,
  workspace text not null,
  schedule text not null,
  due_at timestamptz not null,
  cause text not null check (cause in ('due', 'manual')),
  status text not null check (status in ('waiting', 'running', 'done', 'partly_failed', 'skipped', 'cancelled')),
  -- What is gone through and which event it makes: `lead lead.checked`.
  target text,
  -- The key of the last entity looked at.
  cursor text,
  looked bigint not null default 0,
  emitted bigint not null default 0,
  failed bigint not null default 0,
  first_error text,
  note text,
  actor text,
  created_at timestamptz not null default clock_timestamp(),
  started_at timestamptz,
  ended_at timestamptz
) with (fillfactor = 70);
create index schedule_run_recent on neuronx.schedule_run (tenant_id, workspace, schedule, due_at, id);
create index schedule_run_open on neuronx.schedule_run (tenant_id, workspace, schedule) where status in ('waiting', 'running');
create index schedule_run_ended on neuronx.schedule_run (ended_at) where ended_at is not null;
select neuronx.isolate_by_tenant('neuronx.schedule_run');
select neuronx.cross_tenants('neuronx.schedule_run', 'neuronx_relay');
grant select, insert, update on neuronx.schedule_run to neuronx_app;
grant select, delete on neuronx.schedule_run to neuronx_relay;

-- Who has schedules at all, without reading every document.
create index document_schedule on neuronx.document (tenant_id) where kind = 'Schedule';
