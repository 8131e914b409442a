-- Where each part of a revision's documents stood: `{"Kind/name": {"file": "…", "lines": {"path": [line, column]}}}`. Empty: not known.
alter table neuronx.revision add column places jsonb not null default '{}';

-- Every change of what is active, in the order of the changes: id grows under the lock that serialises them. Append-only.
-- workspace null: the tenant's own scope; tenant_id null as well: the global scope.
create table neuronx.revision_activation (
  id bigint generated always as identity primary key,
  tenant_id uuid references neuronx.tenant,
  workspace text,
  revision_id uuid not null references neuronx.revision,
  -- What was active before; null: nothing was.
  previous_id uuid references neuronx.revision,
  -- apply, rollback, rollout, gitops; candidate: offered beside the active one, which stays.
  kind text not null check (kind ~ '^[a-z_]{1,30}$'),
  at timestamptz not null default clock_timestamp(),
  by text not null,
  reason text,
  plan_id uuid,
  check (tenant_id is not null or workspace is null)
);
create index revision_activation_scope on neuronx.revision_activation (tenant_id, workspace, id);

-- What is active already is where the history begins. The owner is under row-level security too, for as long as it is forced.
alter table neuronx.active_revision no force row level security;
insert into neuronx.revision_activation (tenant_id, workspace, revision_id, kind, at, by, reason)
select tenant_id, workspace, revision_id, 'apply', activated_at, activated_by, 'active when the history began'
from neuronx.active_revision order by activated_at, tenant_id nulls first, workspace nulls first;
alter table neuronx.active_revision force row level security;

select neuronx.isolate_by_tenant('neuronx.revision_activation');
create policy global_is_readable on neuronx.revision_activation for select to neuronx_app using (tenant_id is null);
select neuronx.cross_tenants('neuronx.revision_activation', 'neuronx_control');
grant select on neuronx.revision_activation to neuronx_app;
grant select, insert on neuronx.revision_activation to neuronx_control;

-- A trigger, so that programs that know nothing of the history (and people with psql) leave their row as well. What such a row
-- says beyond who and when is in the transaction's setting nx.activation: {"kind", "reason", "planId"}.
create function neuronx.record_activation() returns trigger
language plpgsql set search_path = neuronx, pg_temp as $$
declare
  given jsonb := coalesce(nullif(current_setting('nx.activation', true), ''), '{}')::jsonb;
begin
  insert into revision_activation (tenant_id, workspace, revision_id, previous_id, kind, at, by, reason, plan_id)
  values (new.tenant_id, new.workspace, new.revision_id,
    case when tg_op = 'UPDATE' then old.revision_id end,
    coalesce(given ->> 'kind', 'apply'), new.activated_at, new.activated_by, given ->> 'reason', (given ->> 'planId')::uuid);
  return null;
end
$$;
revoke execute on function neuronx.record_activation() from public;
create trigger record_activation after insert or update on neuronx.active_revision
  for each row execute function neuronx.record_activation();

-- A saved plan: what was active when it was made (base) and what would be (candidate), as digests by scope; the candidate's
-- revisions are stored beside it, inactive. tenant_id: when it is about one tenant alone.
create table neuronx.config_plan (
  id uuid primary key,
  tenant_id uuid references neuronx.tenant,
  -- Over base and candidate.
  digest text not null check (digest ~ '^[0-9a-f]{64}$'),
  base jsonb not null,
  candidate jsonb not null,
  source jsonb not null,
  report jsonb not null,
  risk text not null check (risk in ('none', 'low', 'medium', 'high')),
  -- How many others must approve it before it can be applied.
  approvers integer not null default 0 check (approvers >= 0),
  state text not null default 'open' check (state in ('open', 'applied', 'expired', 'stale')),
  -- [{"by", "at", "reason"}]
  approvals jsonb not null default '[]',
  created_at timestamptz not null default clock_timestamp(),
  created_by text not null,
  expires_at timestamptz not null,
  ended_at timestamptz,
  ended_by text,
  ended_because text
);
create index config_plan_recent on neuronx.config_plan (created_at, id);
select neuronx.isolate_by_tenant('neuronx.config_plan');
select neuronx.cross_tenants('neuronx.config_plan', 'neuronx_control');
grant select, insert, update (state, approvals, ended_at, ended_by, ended_because) on neuronx.config_plan to neuronx_control;

-- Revisions that did harm: not applied again until somebody lifts it.
create table neuronx.quarantined_revision (
  id uuid primary key,
  tenant_id uuid references neuronx.tenant,
  workspace text,
  digest text not null check (digest ~ '^[0-9a-f]{64}$'),
  reason text not null,
  evidence jsonb not null default '{}',
  at timestamptz not null default clock_timestamp(),
  by text not null,
  lifted_at timestamptz,
  lifted_by text,
  lifted_reason text,
  check (tenant_id is not null or workspace is null)
);
create unique index quarantined_revision_unlifted on neuronx.quarantined_revision (tenant_id, workspace, digest)
  nulls not distinct where lifted_at is null;
select neuronx.isolate_by_tenant('neuronx.quarantined_revision');
create policy global_is_readable on neuronx.quarantined_revision for select to neuronx_app using (tenant_id is null);
select neuronx.cross_tenants('neuronx.quarantined_revision', 'neuronx_control');
grant select on neuronx.quarantined_revision to neuronx_app;
grant select, insert, update (lifted_at, lifted_by, lifted_reason) on neuronx.quarantined_revision to neuronx_control;
