-- Content-addressed: a document is stored once per tenant (or once for all: tenant_id null) whatever revisions hold it.
create table neuronx.document (
  tenant_id uuid references neuronx.tenant,
  digest text not null check (digest ~ '^[0-9a-f]{64}$'),
  kind text not null,
  name text not null,
  body jsonb not null,
  created_at timestamptz not null default clock_timestamp(),
  unique nulls not distinct (tenant_id, digest)
);

-- workspace null: the tenant's own scope; tenant_id null as well: the global scope.
create table neuronx.revision (
  id uuid primary key,
  tenant_id uuid references neuronx.tenant,
  workspace text,
  digest text not null check (digest ~ '^[0-9a-f]{64}$'),
  -- Digests of its documents, in order.
  documents text[] not null,
  source jsonb not null,
  created_at timestamptz not null default clock_timestamp(),
  created_by text not null,
  check (tenant_id is not null or workspace is null),
  unique nulls not distinct (tenant_id, workspace, digest)
);

create table neuronx.active_revision (
  tenant_id uuid references neuronx.tenant,
  workspace text,
  revision_id uuid not null references neuronx.revision,
  activated_at timestamptz not null default clock_timestamp(),
  activated_by text not null,
  unique nulls not distinct (tenant_id, workspace)
);

select neuronx.isolate_by_tenant('neuronx.document');
select neuronx.isolate_by_tenant('neuronx.revision');
select neuronx.isolate_by_tenant('neuronx.active_revision');
-- What is global is readable by all tenants; it is written by neuronx_control only.
create policy global_is_readable on neuronx.document for select to neuronx_app using (tenant_id is null);
create policy global_is_readable on neuronx.revision for select to neuronx_app using (tenant_id is null);
create policy global_is_readable on neuronx.active_revision for select to neuronx_app using (tenant_id is null);
select neuronx.cross_tenants('neuronx.document', 'neuronx_control');
select neuronx.cross_tenants('neuronx.revision', 'neuronx_control');
select neuronx.cross_tenants('neuronx.active_revision', 'neuronx_control');
grant select on neuronx.document, neuronx.revision, neuronx.active_revision to neuronx_app;
grant select, insert on neuronx.document, neuronx.revision to neuronx_control;
grant select, insert, update on neuronx.active_revision to neuronx_control;

create trigger bump_directory after insert or update on neuronx.active_revision
  for each statement execute function neuronx.bump_directory();
