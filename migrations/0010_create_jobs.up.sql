-- Bulk actions as rows: whoever holds the lease works on one, so it survives the process that began it. tenant_id null: the
-- installation's own, reached by the roles that cross tenants only.
create table neuronx.job (
  id uuid primary key,
  tenant_id uuid references neuronx.tenant,
  kind text not null check (kind ~ '^[a-z_]+\.[a-z_]+$'),
  status text not null default 'waiting'
    check (status in ('waiting', 'running', 'paused', 'succeeded', 'partly_failed', 'cancelled')),
  options jsonb not null,
  per_second double precision check (per_second > 0),
  canary integer not null default 0 check (canary >= 0),
  stop_on_fail_share double precision check (stop_on_fail_share between 0 and 1),
  start_at timestamptz,
  total bigint not null default 0,
  done bigint not null default 0,
  skipped bigint not null default 0,
  failed bigint not null default 0,
  sums jsonb not null default '{}',
  first_error text,
  paused_because text,
  actor text not null,
  reason text,
  created_at timestamptz not null default clock_timestamp(),
  started_at timestamptz,
  ended_at timestamptz,
  owner text,
  -- Grows with every lease: who lost it cannot finish what it lost.
  run bigint not null default 0,
  -- Waiting: not before. Running: when the lease is over.
  claimable_at timestamptz not null default clock_timestamp(),
  -- The pace, on the database's clock, so that it holds whoever works.
  next_item_at timestamptz not null default '-infinity',
  canary_passed boolean not null default false,
  -- How far a job without items came in its walk.
  walk jsonb
) with (fillfactor = 60);
create index job_recent on neuronx.job (tenant_id, created_at, id);
-- What ended long ago goes with the log's retention; its items go with it.
create index job_ended on neuronx.job (ended_at) where ended_at is not null;
create index job_claimable on neuronx.job (claimable_at) where status in ('waiting', 'running');
select neuronx.isolate_by_tenant('neuronx.job');
select neuronx.cross_tenants('neuronx.job', 'neuronx_relay');
select neuronx.cross_tenants('neuronx.job', 'neuronx_control');
grant select, insert, update on neuronx.job to neuronx_app, neuronx_control;
grant select, update, delete on neuronx.job to neuronx_relay;

-- The frozen selection.
create table neuronx.job_item (
  -- Checked at the commit: how many items a job has is known once they are inserted.
  job_id uuid not null references neuronx.job on delete cascade deferrable initially deferred,
  ord integer not null check (ord > 0),
  tenant_id uuid not null,
  target text not null,
  status text not null default 'pending' check (status in ('pending', 'done', 'skipped', 'failed')),
  note text,
  primary key (job_id, ord)
) with (fillfactor = 80);
create index job_item_pending on neuronx.job_item (job_id, ord) where status = 'pending';
select neuronx.isolate_by_tenant('neuronx.job_item');
grant select, insert, update on neuronx.job_item to neuronx_app;

-- How a letter ended (`{"outcome", "evidence", "by", "as", "changes"}`), and its last replay (`{"at", "job", "as", "outcome"}`).
alter table neuronx.dead_letter add column resolution jsonb, add column last_replay jsonb;
-- A letter whose replay fails is opened again with what is wrong now, so that one trouble stays one line.
grant update (class, code, reason, payload, fingerprint, resolution, last_replay) on neuronx.dead_letter to neuronx_app;
create index dead_letter_group on neuronx.dead_letter (tenant_id, fingerprint, created_at, id) include (status);
