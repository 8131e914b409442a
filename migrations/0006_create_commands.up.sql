-- What was asked of an integration. Immutable.
create table neuronx.command (
  id uuid primary key,
  tenant_id uuid not null,
  workspace text not null,
  entity_key text not null,
  event_id uuid not null,
  root_id uuid not null,
  correlation_id text not null,
  depth integer not null,
  cause text not null,
  instance_id uuid,
  integration text not null,
  operation text not null,
  input jsonb not null,
  idempotency_key text not null,
  priority smallint not null check (priority between 0 and 2),
  repeatable boolean not null,
  due_at timestamptz not null,
  route_result boolean not null,
  parent_id uuid,
  created_at timestamptz not null default clock_timestamp()
);
create index command_recent on neuronx.command (tenant_id, created_at, id);
create index command_root on neuronx.command (tenant_id, root_id);
select neuronx.isolate_by_tenant('neuronx.command');
select neuronx.cross_tenants('neuronx.command', 'neuronx_relay');
grant select, insert on neuronx.command to neuronx_app;
grant select on neuronx.command to neuronx_relay;

-- The narrow, hot part: a row per command that has not ended. Only the head of a lane is ready, leased or in doubt.
create table neuronx.command_lane (
  n bigint generated always as identity primary key,
  command_id uuid not null unique,
  lane_key text not null,
  tenant_id uuid not null,
  integration text not null,
  -- 0 high, 1 normal, 2 low: orders lanes, never the commands of one.
  priority smallint not null check (priority between 0 and 2),
  state text not null check (state in ('waiting', 'ready', 'leased', 'in_doubt')),
  next_attempt_at timestamptz not null,
  attempt integer not null default 0,
  run_lease bigint not null default 0,
  owner text,
  lease_until timestamptz,
  sent_at timestamptz,
  first_attempt_at timestamptz,
  repeatable boolean not null
) with (fillfactor = 60, autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 500,
        autovacuum_vacuum_cost_delay = 0, autovacuum_analyze_scale_factor = 0.05);
create unique index command_lane_head on neuronx.command_lane (lane_key) where state in ('ready', 'leased', 'in_doubt');
create index command_lane_waiting on neuronx.command_lane (lane_key, n) where state = 'waiting';
create index command_lane_ready on neuronx.command_lane (tenant_id, integration, priority, next_attempt_at, n) where state = 'ready';
create index command_lane_leased on neuronx.command_lane (lease_until) where state = 'leased';
select neuronx.isolate_by_tenant('neuronx.command_lane');
select neuronx.cross_tenants('neuronx.command_lane', 'neuronx_relay');
grant select, insert, update, delete on neuronx.command_lane to neuronx_app;
grant select, update on neuronx.command_lane to neuronx_relay;

-- How a command ended. run_lease goes on from here when it is replayed, so that no lease number is used twice.
create table neuronx.command_outcome (
  command_id uuid primary key,
  tenant_id uuid not null,
  state text not null check (state in ('succeeded', 'dead', 'cancelled')),
  attempts integer not null,
  run_lease bigint not null,
  error jsonb,
  result jsonb,
  ended_at timestamptz not null default clock_timestamp(),
  duration_ms integer not null
);
create index command_outcome_state on neuronx.command_outcome (tenant_id, state);
select neuronx.isolate_by_tenant('neuronx.command_outcome');
grant select, insert, delete on neuronx.command_outcome to neuronx_app;

-- Attempts that failed; those that succeeded are in the outcome.
create table neuronx.command_attempt (
  command_id uuid not null,
  run_lease bigint not null,
  tenant_id uuid not null,
  attempt integer not null,
  error jsonb not null,
  at timestamptz not null default clock_timestamp(),
  duration_ms integer not null,
  primary key (command_id, run_lease)
);
select neuronx.isolate_by_tenant('neuronx.command_attempt');
grant select, insert on neuronx.command_attempt to neuronx_app;

-- An integration of a tenant that takes no calls for a while.
create table neuronx.dispatch_gate (
  tenant_id uuid not null,
  integration text not null,
  not_before timestamptz not null,
  reason text not null,
  primary key (tenant_id, integration)
) with (fillfactor = 50);
select neuronx.isolate_by_tenant('neuronx.dispatch_gate');
select neuronx.cross_tenants('neuronx.dispatch_gate', 'neuronx_relay');
grant select, insert, update on neuronx.dispatch_gate to neuronx_app;
grant select on neuronx.dispatch_gate to neuronx_relay;

create table neuronx.dead_letter (
  id uuid primary key,
  tenant_id uuid not null,
  workspace text not null,
  source text not null check (source in ('command', 'event', 'rule', 'webhook', 'ingest')),
  class text not null check (class in ('permanent', 'exhausted', 'in_doubt', 'poison', 'invalid')),
  code text not null,
  reason text not null,
  integration text,
  entity_key text,
  event_id uuid,
  command_id uuid,
  cause text,
  payload jsonb not null,
  status text not null default 'open' check (status in ('open', 'replaying', 'resolved', 'discarded')),
  fingerprint text not null,
  replays integer not null default 0,
  created_at timestamptz not null default clock_timestamp()
);
create index dead_letter_recent on neuronx.dead_letter (tenant_id, created_at, id);
create index dead_letter_open on neuronx.dead_letter (tenant_id, created_at) where status = 'open';
create index dead_letter_event on neuronx.dead_letter (tenant_id, event_id);
create index dead_letter_command on neuronx.dead_letter (tenant_id, command_id);
select neuronx.isolate_by_tenant('neuronx.dead_letter');
grant select, insert, update (status, replays) on neuronx.dead_letter to neuronx_app;
