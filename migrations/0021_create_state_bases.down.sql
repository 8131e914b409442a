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
  execute format('alter table neuronx.%I detach partition neuronx.%I', found_parent, partition_name);
  return true;
end
$$;
drop table neuronx.entity_rebuild;
revoke select (tenant_id, entity_key, entity_seq, decided_at) on neuronx.decision from neuronx_relay;
drop policy neuronx_relay_crosses_tenants on neuronx.decision;
drop table neuronx.base_walk;
drop table neuronx.entity_base;
drop table neuronx.score_timer;
