-- What is known of an entity: the fold of its decisions.
create table neuronx.entity (
  tenant_id uuid not null,
  entity_key text not null,
  workspace text not null,
  kind text not null,
  id text not null,
  version bigint not null default 0,
  applied_seq bigint not null default 0,
  fields jsonb not null default '{}',
  scores jsonb not null default '{}',
  created_at timestamptz not null default clock_timestamp(),
  updated_at timestamptz not null default clock_timestamp(),
  primary key (tenant_id, entity_key)
) with (fillfactor = 70);
-- No other index: an update touches none (HOT), and no kept plan, made while the table was small, looks an entity up through
-- one that begins with the tenant and so reads all of the tenant's (seen: 1 s for 190 rows of 12,000).
select neuronx.isolate_by_tenant('neuronx.entity');
grant select, insert, update on neuronx.entity to neuronx_app;

create sequence neuronx.decision_pos as bigint;

-- The event-sourced log of state: folding an entity's changes in order gives its fields. Append-only.
create table neuronx.decision (
  pos bigint not null default nextval('neuronx.decision_pos'),
  event_id uuid not null,
  tenant_id uuid not null,
  entity_key text not null,
  entity_version bigint not null,
  entity_seq bigint not null,
  event_type text not null,
  root_id uuid not null,
  config_digest text not null,
  changes jsonb not null,
  trace jsonb not null,
  decided_at timestamptz not null default clock_timestamp()
) partition by range (decided_at);
create index decision_entity on neuronx.decision (tenant_id, entity_key, entity_seq);
create index decision_root on neuronx.decision (tenant_id, root_id);
select neuronx.isolate_by_tenant('neuronx.decision');
grant select, insert on neuronx.decision to neuronx_app;
grant usage on sequence neuronx.decision_pos to neuronx_app;

create table neuronx.workflow_instance (
  id uuid primary key,
  tenant_id uuid not null,
  entity_key text not null,
  shard smallint not null,
  workflow text not null,
  definition_digest text not null,
  status text not null check (status in ('waiting', 'done', 'failed')),
  state jsonb not null,
  seq integer not null,
  vars jsonb not null,
  started_by uuid not null,
  started_at timestamptz not null,
  -- Of the event that started it: its timers carry it on.
  correlation_id text not null,
  steps integer not null,
  -- When its wait is over; null: it has no end, or the timer has fired.
  wake_at timestamptz
) with (fillfactor = 80);
create index workflow_instance_due on neuronx.workflow_instance (shard, wake_at) where wake_at is not null;
create index workflow_instance_entity on neuronx.workflow_instance (tenant_id, entity_key, status);
select neuronx.isolate_by_tenant('neuronx.workflow_instance');
select neuronx.cross_tenants('neuronx.workflow_instance', 'neuronx_relay');
grant select, insert, update on neuronx.workflow_instance to neuronx_app;
grant select on neuronx.workflow_instance to neuronx_relay;

select neuronx.ensure_partitions();
