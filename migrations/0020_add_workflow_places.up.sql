-- Where instances are, for people and for counting. `waiting_at` holds for the seq that it was written with: a daemon of an older
-- version moves an instance without saying where to, and then the state itself is read.
alter table neuronx.workflow_instance
  add column waiting_at text[],
  add column placed_seq integer,
  -- The definition that it was asked last to follow: it is not asked twice.
  add column followed text;
-- Begins with the workflow: nothing that looks for an entity's instances can be led through all of a tenant's.
create index workflow_instance_places on neuronx.workflow_instance (workflow, tenant_id, status, started_at, id)
  include (seq, placed_seq, waiting_at);
create index workflow_instance_ended on neuronx.workflow_instance (started_at) where status <> 'waiting';
-- What ended long ago goes with the log's retention.
grant delete on neuronx.workflow_instance to neuronx_relay;

-- The workflows that have had instances, and the definition that those in flight were last brought to. `times` is of the calendars.
create table neuronx.workflow_follow (
  tenant_id uuid not null references neuronx.tenant,
  workspace text not null,
  workflow text not null,
  -- '': not looked at yet.
  definition_digest text not null default '',
  times_digest text not null default '',
  -- The job that brings them there.
  job_id uuid,
  primary key (tenant_id, workspace, workflow)
) with (fillfactor = 70);
-- Those who are in flight already: the owner sees them only while the table does not force its policies on it.
alter table neuronx.workflow_instance no force row level security;
insert into neuronx.workflow_follow (tenant_id, workspace, workflow)
select distinct tenant_id, split_part(entity_key, '/', 1), workflow from neuronx.workflow_instance;
alter table neuronx.workflow_instance force row level security;
select neuronx.isolate_by_tenant('neuronx.workflow_follow');
select neuronx.cross_tenants('neuronx.workflow_follow', 'neuronx_relay');
grant select, insert, update on neuronx.workflow_follow to neuronx_app;
grant select on neuronx.workflow_follow to neuronx_relay;

-- A trigger, so that programs that know nothing of it make a workflow known with its first instance as well.
create function neuronx.know_workflow() returns trigger
language plpgsql set search_path = neuronx, pg_temp as $$
begin
  insert into workflow_follow (tenant_id, workspace, workflow, definition_digest)
  select m.tenant_id, split_part(m.entity_key, '/', 1), m.workflow, min(m.definition_digest) from made m
  where not exists (
    select from workflow_follow f
    where f.tenant_id = m.tenant_id and f.workspace = split_part(m.entity_key, '/', 1) and f.workflow = m.workflow)
  group by 1, 2, 3 order by 1, 2, 3
  on conflict do nothing;
  return null;
end
$$;
revoke execute on function neuronx.know_workflow() from public;
create trigger know_workflow after insert on neuronx.workflow_instance
  referencing new table as made for each statement execute function neuronx.know_workflow();
