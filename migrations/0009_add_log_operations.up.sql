-- What a daemon tells of itself with every heartbeat: see src/messaging/ownership/daemon-stats.ts.
alter table neuronx.daemon add column stats jsonb not null default '{}';

-- The oldest migration that a program must know to work with this schema. An additive migration leaves it, so that programs of
-- the version before go on working while they are replaced; one that takes something away raises it.
create table neuronx.schema_floor (
  only_row boolean primary key default true check (only_row),
  migration integer not null
);
insert into neuronx.schema_floor (migration) values (9);
grant select on neuronx.schema_floor to neuronx_app, neuronx_relay, neuronx_control;

-- Publishing that a person stopped. shards null: all. until null: not before somebody resumes.
create table neuronx.outbox_pause (
  id bigint generated always as identity primary key,
  shards smallint[] check (cardinality(shards) between 1 and 64 and 0 <= all (shards) and 63 >= all (shards)),
  actor text not null,
  reason text not null,
  at timestamptz not null default clock_timestamp(),
  until timestamptz
);
create view neuronx.paused_shard with (security_invoker = true) as
select distinct s.shard
from neuronx.outbox_pause p
cross join lateral unnest(coalesce(p.shards, array(select generate_series(0, 63)::smallint))) as s(shard)
where p.until is null or p.until > clock_timestamp();
grant select on neuronx.outbox_pause, neuronx.paused_shard to neuronx_app, neuronx_relay, neuronx_control;
grant insert, delete on neuronx.outbox_pause to neuronx_control;

-- Transaction ids count per cluster: the order of the log means something only in the cluster that gave them out.
create function neuronx.system_identifier() returns text
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
begin
  return (select system_identifier::text from pg_control_system());
exception
  -- Some hosts keep it to themselves; then the transaction ids alone tell.
  when insufficient_privilege or undefined_function then return null;
end
$$;
create table neuronx.cluster (
  only_row boolean primary key default true check (only_row),
  system_identifier text,
  since timestamptz not null default clock_timestamp()
);
insert into neuronx.cluster (system_identifier) values (neuronx.system_identifier());
grant select on neuronx.cluster to neuronx_app, neuronx_relay, neuronx_control;

-- Daily partitions, those included that were detached and not dropped yet.
create function neuronx.log_partitions()
returns table (parent name, child name, from_at timestamptz, until_at timestamptz, attached boolean)
language sql stable set search_path = neuronx, pg_temp set timezone = 'UTC' as $$
  select p.relname, c.relname, right(c.relname, 8)::date::timestamptz, (right(c.relname, 8)::date + 1)::timestamptz, c.relispartition
  from pg_class p
  join pg_class c on c.relnamespace = p.relnamespace and c.relkind = 'r'
    and left(c.relname, -8) = p.relname || '_p' and right(c.relname, 8) ~ '^\d{8}$'
  where p.relnamespace = 'neuronx'::regnamespace and p.relkind = 'p'
$$;

-- The two halves of dropping a partition, each a transaction of its own, so that what is detached is dropped later when the
-- process ends between them. Whether anything still needs the partition is asked before, by the role that sees all tenants:
-- row-level security binds the owner too. Writers wait for the detaching at most as long as it may wait for them.
create function neuronx.detach_partition(partition_name name) returns boolean
language plpgsql security definer set search_path = neuronx, pg_temp set lock_timeout = '200ms' as $$
declare
  found_parent name;
begin
  select p.parent into found_parent from log_partitions() p
  where p.child = partition_name and p.attached and p.until_at <= now() - interval '7 days';
  if found_parent is null then
    return false;
  end if;
  execute format('alter table neuronx.%I detach partition neuronx.%I', found_parent, partition_name);
  return true;
end
$$;

create function neuronx.drop_detached_partitions() returns setof name
language plpgsql security definer set search_path = neuronx, pg_temp set lock_timeout = '200ms' as $$
declare
  leftover name;
begin
  for leftover in
    select p.child from log_partitions() p
    where not p.attached and p.until_at <= now() - interval '7 days' order by p.until_at, p.child
  loop
    execute format('drop table neuronx.%I', leftover);
    return next leftover;
  end loop;
end
$$;
revoke execute on function neuronx.detach_partition(name), neuronx.drop_detached_partitions() from public;
grant execute on function neuronx.detach_partition(name), neuronx.drop_detached_partitions() to neuronx_relay;

-- What ended long ago goes in batches; these find the oldest.
create index command_outcome_ended on neuronx.command_outcome (ended_at);
create index dead_letter_ended on neuronx.dead_letter (created_at) where status in ('resolved', 'discarded');
create index dead_letter_unended on neuronx.dead_letter (created_at) where status in ('open', 'replaying');
create policy retention_crosses_tenants on neuronx.command_outcome to neuronx_relay using (true) with check (true);
create policy retention_crosses_tenants on neuronx.command_attempt to neuronx_relay using (true) with check (true);
create policy retention_crosses_tenants on neuronx.dead_letter to neuronx_relay using (true) with check (true);
grant select (command_id, tenant_id, ended_at), delete on neuronx.command_outcome to neuronx_relay;
grant select (command_id), delete on neuronx.command_attempt to neuronx_relay;
grant select (id, tenant_id, event_id, command_id, status, created_at), delete on neuronx.dead_letter to neuronx_relay;
grant delete on neuronx.command to neuronx_relay;
