-- When decay alone brings a score of an entity into another band. Follows the entity's row in the same transaction; gone once it fired.
create table neuronx.score_timer (
  tenant_id uuid not null,
  entity_key text not null,
  model text not null,
  shard smallint not null check (shard between 0 and 63),
  fire_at timestamptz not null,
  primary key (tenant_id, entity_key, model)
) with (fillfactor = 70);
create index score_timer_due on neuronx.score_timer (shard, fire_at);
select neuronx.isolate_by_tenant('neuronx.score_timer');
select neuronx.cross_tenants('neuronx.score_timer', 'neuronx_relay');
grant select, insert, update, delete on neuronx.score_timer to neuronx_app;
grant select on neuronx.score_timer to neuronx_relay;

-- Where the fold of an entity's decisions begins once older ones were dropped: what they made of it, up to applied_seq.
create table neuronx.entity_base (
  tenant_id uuid not null,
  entity_key text not null,
  version bigint not null,
  applied_seq bigint not null,
  fields jsonb not null,
  scores jsonb not null,
  marks jsonb not null,
  -- fold: what its decisions made of it. row: its row, where decisions were missing already.
  made_from text not null check (made_from in ('fold', 'row')),
  made_at timestamptz not null default clock_timestamp(),
  primary key (tenant_id, entity_key)
);
select neuronx.isolate_by_tenant('neuronx.entity_base');
grant select, insert, update on neuronx.entity_base to neuronx_app;

-- How far the entities of a day of decisions have got their bases. Its day may be dropped once all have.
create table neuronx.base_walk (
  day name primary key,
  tenant_id uuid,
  entity_key text,
  done_at timestamptz
);
grant select, insert, update, delete on neuronx.base_walk to neuronx_relay;
select neuronx.cross_tenants('neuronx.decision', 'neuronx_relay');
grant select (tenant_id, entity_key, entity_seq, decided_at) on neuronx.decision to neuronx_relay;

-- An entity's row built anew from its history, beside the one that counts, until it is put in its place.
create table neuronx.entity_rebuild (
  -- Rows go with their job.
  job_id uuid not null,
  tenant_id uuid not null,
  entity_key text not null,
  version bigint not null,
  applied_seq bigint not null,
  fields jsonb not null,
  scores jsonb not null,
  marks jsonb not null,
  -- What it replaced; null: not yet.
  replaced jsonb,
  built_at timestamptz not null default clock_timestamp(),
  swapped_at timestamptz,
  primary key (job_id, tenant_id, entity_key)
);
select neuronx.isolate_by_tenant('neuronx.entity_rebuild');
select neuronx.cross_tenants('neuronx.entity_rebuild', 'neuronx_relay');
grant select, insert, update, delete on neuronx.entity_rebuild to neuronx_app;
grant select (job_id), delete on neuronx.entity_rebuild to neuronx_relay;

-- A day of decisions goes only when its entities have their bases, whichever program asks.
create or replace function neuronx.detach_partition(partition_name name) returns boolean
language plpgsql security definer set search_path = neuronx, pg_temp set lock_timeout = '200ms' as $$
declare
  found_parent name;
begin
  select p.parent into found_parent from log_partitions() p
  where p.child = partition_name and p.attached and p.until_at <= now() - interval '7 days';
  if found_parent is null then
    return false;
  end if;
  if found_parent = 'decision' and not exists (
    select from base_walk w where w.day = partition_name and w.done_at is not null) then
    return false;
  end if;
  execute format('alter table neuronx.%I detach partition neuronx.%I', found_parent, partition_name);
  return true;
end
$$;
