-- Repositories and directories that daemons follow, and how they stand: the installation's own, no tenant's. No credentials.
create table neuronx.config_source (
  name text primary key check (name ~ '^[a-z0-9][a-z0-9-]{0,39}$'),
  -- {"kind", "location", "branch", "path"}, the interval and the drift policy as the settings of the daemons have them.
  settings jsonb not null,
  -- Over the settings: daemons with others do not follow it.
  settings_digest text not null check (settings_digest ~ '^[0-9a-f]{64}$'),
  state text not null default 'waiting'
    check (state in ('waiting', 'in_sync', 'pending', 'rolling', 'quarantined', 'drifted', 'broken', 'unreachable')),
  code text,
  message text not null default '',
  -- Of a version that cannot be applied: the first ones.
  findings jsonb not null default '[]',
  -- What is remembered from one look to the next.
  memory jsonb not null,
  since timestamptz not null default clock_timestamp(),
  looked_at timestamptz,
  due_at timestamptz not null default clock_timestamp(),
  sync_requested_at timestamptz,
  -- One daemon follows it. Grows with every look: what is recorded under an older epoch changes nothing.
  lease_owner text,
  lease_epoch bigint not null default 0,
  lease_until timestamptz
) with (fillfactor = 50);
grant select, insert, update on neuronx.config_source to neuronx_control;
