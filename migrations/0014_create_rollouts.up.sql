-- A candidate on its way to everybody, or what became of it. While it runs the baseline stays the active revision; the daemons
-- serve the candidate to its cohort. tenant_id null: the global scope is among its scopes.
create table neuronx.rollout (
  id uuid primary key,
  tenant_id uuid references neuronx.tenant,
  -- The names of its scopes.
  label text not null,
  -- Over the candidate digests of its scopes in order of their names: the salt of the assignment.
  candidate_digest text not null check (candidate_digest ~ '^[0-9a-f]{64}$'),
  -- As it was when the rollout began: an edit of the document since then changes nothing.
  policy jsonb not null,
  risk text not null check (risk in ('low', 'medium', 'high')),
  -- Signal -> the share of units that the plan's backtest predicted.
  predictions jsonb not null default '{}',
  plan_id uuid,
  reason text,
  state jsonb not null,
  state_name text not null,
  -- Does it hold its scopes? Not when it is over, and not while it has failed to start.
  live boolean not null default true,
  -- Index into the policy's steps; null: before the first (shadow, approval), or over.
  step integer,
  -- The candidate's share, in hundredths of a percent.
  weight integer not null check (weight between 0 and 10000),
  -- Compared and swapped by every change.
  version bigint not null default 1,
  -- The version that last changed what daemons do with an event.
  assigned_version bigint not null default 1,
  started_at timestamptz not null default clock_timestamp(),
  started_by text not null,
  ended_at timestamptz,
  -- Who looks after it now. Grows with every claim: a commit under an older epoch changes nothing.
  lease_owner text,
  lease_epoch bigint not null default 0,
  lease_until timestamptz,
  look_at timestamptz not null default clock_timestamp(),
  -- When everything that was observed had been counted, and how old the log's oldest unpublished event was then.
  counts_at timestamptz,
  backlog_ms double precision not null default 0
) with (fillfactor = 50);
create index rollout_recent on neuronx.rollout (started_at, id);
create index rollout_live on neuronx.rollout (look_at) where live;
create index rollout_ended on neuronx.rollout (ended_at) where ended_at is not null;
create index rollout_of_tenant on neuronx.rollout (tenant_id, started_at);

-- What it changes. One live rollout per scope; live is the rollout's.
create table neuronx.rollout_scope (
  rollout_id uuid not null references neuronx.rollout on delete cascade,
  tenant_id uuid references neuronx.tenant,
  workspace text,
  baseline_revision_id uuid not null references neuronx.revision,
  candidate_revision_id uuid not null references neuronx.revision,
  live boolean not null default true,
  check (tenant_id is not null or workspace is null),
  unique nulls not distinct (rollout_id, tenant_id, workspace)
);
create unique index rollout_scope_live on neuronx.rollout_scope (tenant_id, workspace) nulls not distinct where live;

-- The ledger: one row per change, with every number that led to it. Append-only.
create table neuronx.rollout_transition (
  rollout_id uuid not null references neuronx.rollout on delete cascade,
  seq integer not null check (seq > 0),
  tenant_id uuid references neuronx.tenant,
  at timestamptz not null default clock_timestamp(),
  from_state text not null,
  to_state text not null,
  -- The whole RolloutTransition, and the state that it led to.
  transition jsonb not null,
  state jsonb not null,
  -- {"verdict", "counts", "facts"}: what the judge said and saw; null when a person or the system acted.
  judged jsonb,
  primary key (rollout_id, seq)
);

-- Who approved entering a step. Approvals of the start are in the state and its ledger.
create table neuronx.rollout_approval (
  rollout_id uuid not null references neuronx.rollout on delete cascade,
  step integer not null,
  by text not null,
  tenant_id uuid references neuronx.tenant,
  reason text not null,
  at timestamptz not null default clock_timestamp(),
  primary key (rollout_id, step, by)
);

-- What each daemon has taken up.
create table neuronx.rollout_ack (
  rollout_id uuid not null references neuronx.rollout on delete cascade,
  daemon_id text not null,
  version bigint not null,
  at timestamptz not null default clock_timestamp(),
  primary key (rollout_id, daemon_id)
) with (fillfactor = 60);

-- One observation per unit and step, made in the transaction of its decisions. What is counted of it is folded into rollout_count.
-- No foreign key: the rows of rollouts must not be locked by every batch.
create table neuronx.rollout_unit (
  rollout_id uuid not null,
  -- -1: shadow.
  step smallint not null,
  tenant_id uuid not null,
  -- Empty: the unit is the tenant.
  workspace text not null,
  unit_key text not null,
  -- c candidate, b baseline, p both at once without effects of the candidate (shadow).
  arm text not null check (arm in ('c', 'b', 'p')),
  entity_key text not null,
  first_at timestamptz not null default clock_timestamp(),
  -- Of the configuration's own making; by an external platform.
  failed boolean not null default false,
  failed_outside boolean not null default false,
  -- Null: not measured.
  slow boolean,
  signals text[] not null default '{}',
  actions integer not null default 0,
  -- It took effects of the candidate and of the baseline.
  both_arms boolean not null default false,
  -- Something of it is not counted yet; what of it was.
  pending boolean not null default true,
  counted boolean not null default false,
  counted_failed boolean not null default false,
  counted_slow boolean not null default false,
  counted_signals text[] not null default '{}',
  primary key (rollout_id, tenant_id, workspace, unit_key, step)
) with (fillfactor = 70);
create index rollout_unit_pending on neuronx.rollout_unit (rollout_id, first_at) where pending;
create index rollout_unit_arm on neuronx.rollout_unit (rollout_id, arm, first_at);
create index rollout_unit_both on neuronx.rollout_unit (rollout_id, step) where both_arms;
create index rollout_unit_actions on neuronx.rollout_unit (rollout_id, arm, actions) where actions > 1;

-- Commands that units asked for, until it is known how they ended.
create table neuronx.rollout_command (
  rollout_id uuid not null,
  command_id uuid not null,
  tenant_id uuid not null,
  workspace text not null,
  unit_key text not null,
  step smallint not null,
  arm text not null check (arm in ('c', 'b')),
  event_id uuid not null,
  at timestamptz not null default clock_timestamp(),
  look_at timestamptz not null default clock_timestamp(),
  -- succeeded, cancelled, dead; null: it has not ended.
  outcome text,
  primary key (rollout_id, command_id)
) with (fillfactor = 70);
create index rollout_command_open on neuronx.rollout_command (rollout_id, look_at) where outcome is null;
create index rollout_command_recent on neuronx.rollout_command (rollout_id, arm, at);
create index rollout_command_unit on neuronx.rollout_command (rollout_id, tenant_id, workspace, unit_key) where arm = 'c';

-- Events per batch, until they are added up in rollout_count: many daemons write, and none waits for another.
create table neuronx.rollout_tally (
  n bigint generated always as identity primary key,
  rollout_id uuid not null,
  step smallint not null,
  tenant_id uuid not null,
  events integer not null,
  unassignable integer not null,
  both_failed integer not null
);
create index rollout_tally_rollout on neuronx.rollout_tally (rollout_id, n);

-- Events on which the candidate failed and the baseline did not, at most 1000 of a rollout.
create table neuronx.rollout_config_error (
  rollout_id uuid not null,
  event_id uuid not null,
  tenant_id uuid not null,
  unit_key text,
  document text not null,
  code text not null,
  message text not null,
  at timestamptz not null default clock_timestamp(),
  primary key (rollout_id, event_id)
);

-- What the judge sees, added up. arm *: events, whatever their arm.
create table neuronx.rollout_count (
  rollout_id uuid not null,
  step smallint not null,
  tenant_id uuid not null,
  arm text not null check (arm in ('c', 'b', 'p', '*')),
  units bigint not null default 0,
  distinct_units bigint not null default 0,
  failures bigint not null default 0,
  outside_failures bigint not null default 0,
  slow bigint not null default 0,
  fast bigint not null default 0,
  signals jsonb not null default '{}',
  events bigint not null default 0,
  unassignable bigint not null default 0,
  both_failed bigint not null default 0,
  primary key (rollout_id, step, tenant_id, arm)
) with (fillfactor = 50);

select neuronx.isolate_by_tenant(('neuronx.' || name)::regclass)
from unnest(array['rollout', 'rollout_scope', 'rollout_transition', 'rollout_approval', 'rollout_unit', 'rollout_command',
  'rollout_tally', 'rollout_config_error', 'rollout_count']) name;
select neuronx.cross_tenants(('neuronx.' || name)::regclass, 'neuronx_control')
from unnest(array['rollout', 'rollout_scope', 'rollout_transition', 'rollout_approval', 'rollout_unit', 'rollout_command',
  'rollout_tally', 'rollout_config_error', 'rollout_count']) name;

-- A rollout that is no tenant's own names scopes of several: only the platform reads it.
grant select on neuronx.rollout, neuronx.rollout_scope, neuronx.rollout_transition, neuronx.rollout_approval to neuronx_app;
grant select, insert, update on neuronx.rollout_unit, neuronx.rollout_command to neuronx_app;
grant select, insert on neuronx.rollout_config_error, neuronx.rollout_tally to neuronx_app;
grant select, insert, update on neuronx.rollout, neuronx.rollout_scope to neuronx_control;
grant select, insert on neuronx.rollout_transition, neuronx.rollout_approval to neuronx_control;
grant select, insert, update, delete on neuronx.rollout_ack to neuronx_control;
grant select, update, delete on neuronx.rollout_unit, neuronx.rollout_command to neuronx_control;
grant select, update, delete on neuronx.rollout_tally to neuronx_control;
grant select on neuronx.rollout_config_error to neuronx_control;
grant select, insert, update on neuronx.rollout_count to neuronx_control;

-- Daemons follow every change within one poll; leases and counts are none.
create trigger bump_directory after insert or update of version on neuronx.rollout
  for each statement execute function neuronx.bump_directory();
