create table neuronx.tenant (
  id uuid primary key,
  slug text not null unique check (slug ~ '^[a-z0-9][a-z0-9-]{0,38}[a-z0-9]$'),
  name text not null,
  status text not null default 'active' check (status in ('active', 'suspended')),
  unknown_events text not null default 'accept' check (unknown_events in ('accept', 'dead_letter')),
  created_at timestamptz not null default clock_timestamp()
);
select neuronx.isolate_by_tenant('neuronx.tenant', 'id');
select neuronx.cross_tenants('neuronx.tenant', 'neuronx_relay');
select neuronx.cross_tenants('neuronx.tenant', 'neuronx_control');
grant select on neuronx.tenant to neuronx_app, neuronx_relay;
-- No update of slug (bus subjects and URLs hold it), no delete.
grant select, insert, update (name, status, unknown_events) on neuronx.tenant to neuronx_control;

create table neuronx.api_token (
  id uuid primary key,
  tenant_id uuid not null references neuronx.tenant,
  workspace text not null,
  role text not null,
  label text,
  hash bytea not null unique check (octet_length(hash) = 32),
  created_at timestamptz not null default clock_timestamp(),
  expires_at timestamptz,
  revoked_at timestamptz
);
create index on neuronx.api_token (tenant_id, created_at);
select neuronx.isolate_by_tenant('neuronx.api_token');
select neuronx.cross_tenants('neuronx.api_token', 'neuronx_control');
grant select, insert, update (revoked_at) on neuronx.api_token to neuronx_control;

create table neuronx.secret (
  tenant_id uuid not null references neuronx.tenant,
  name text not null,
  version integer not null check (version > 0),
  ciphertext bytea not null,
  nonce bytea not null,
  tag bytea not null,
  key_id text not null,
  created_at timestamptz not null default clock_timestamp(),
  primary key (tenant_id, name, version)
);
select neuronx.isolate_by_tenant('neuronx.secret');
select neuronx.cross_tenants('neuronx.secret', 'neuronx_control');
grant select on neuronx.secret to neuronx_app;
grant select, insert on neuronx.secret to neuronx_control;

-- Append-only. Rows commit unchained; (txid, id) is the order in which a sealer may chain them afterwards.
create table neuronx.audit_log (
  id bigint generated always as identity primary key,
  txid xid8 not null default pg_current_xact_id(),
  tenant_id uuid,
  actor text not null,
  action text not null,
  target text not null,
  reason text,
  before jsonb,
  after jsonb,
  at timestamptz not null default clock_timestamp()
);
create index on neuronx.audit_log (tenant_id, id);
select neuronx.isolate_by_tenant('neuronx.audit_log');
select neuronx.cross_tenants('neuronx.audit_log', 'neuronx_control');
grant select, insert on neuronx.audit_log to neuronx_app, neuronx_control;

-- One row that grows with every change a daemon must follow: polling it costs one page.
create table neuronx.directory_version (
  only_row boolean primary key default true check (only_row),
  version bigint not null default 0
);
insert into neuronx.directory_version default values;
grant select on neuronx.directory_version to neuronx_app, neuronx_relay, neuronx_control;

create function neuronx.bump_directory() returns trigger
language plpgsql security definer set search_path = neuronx, pg_temp as $$
begin
  update neuronx.directory_version set version = version + 1;
  return null;
end
$$;
revoke execute on function neuronx.bump_directory() from public;
create trigger bump_directory after insert or update on neuronx.tenant
  for each statement execute function neuronx.bump_directory();
create trigger bump_directory after insert or update on neuronx.api_token
  for each statement execute function neuronx.bump_directory();
create trigger bump_directory after insert or update on neuronx.secret
  for each statement execute function neuronx.bump_directory();
