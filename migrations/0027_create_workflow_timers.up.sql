-- First and whole: a lock that grows later would meet daemons that have read an instance and wait to write it.
lock table neuronx.workflow_instance in access exclusive mode;

-- When workflow instances wake. Beside them, because it moves with every step: an instance that goes on then changes no index of its
-- own row (HOT), and a timer that fires is deleted, not written anew.
create table neuronx.workflow_timer (
  tenant_id uuid not null,
  entity_key text not null,
  instance_id uuid not null,
  shard smallint not null,
  -- Of the wait that it ends: with another than the instance has by then it wakes nobody.
  seq integer not null,
  wake_at timestamptz not null,
  primary key (tenant_id, entity_key, instance_id)
);
create index workflow_timer_due on neuronx.workflow_timer (shard, wake_at);

-- Daemons of the version before go on with `wake_at` of the instance, until the last is replaced: what they write there is kept here as
-- well. Ours leave it null.
create function neuronx.keep_workflow_timer() returns trigger
language plpgsql set search_path = neuronx, pg_temp as $$
begin
  if new.wake_at is null then
    delete from workflow_timer
    where tenant_id = new.tenant_id and entity_key = new.entity_key and instance_id = new.id;
  else
    insert into workflow_timer (tenant_id, entity_key, instance_id, shard, seq, wake_at)
    values (new.tenant_id, new.entity_key, new.id, new.shard, new.seq, new.wake_at)
    on conflict (tenant_id, entity_key, instance_id) do update set seq = excluded.seq, wake_at = excluded.wake_at;
  end if;
  return null;
end
$$;
revoke execute on function neuronx.keep_workflow_timer() from public;
create trigger keep_timer_of_new after insert on neuronx.workflow_instance
  for each row when (new.wake_at is not null) execute function neuronx.keep_workflow_timer();
create trigger keep_timer_of_moved after update of wake_at on neuronx.workflow_instance
  for each row when (old.wake_at is distinct from new.wake_at or (new.wake_at is not null and old.seq <> new.seq))
  execute function neuronx.keep_workflow_timer();

-- Those who sleep already: the owner sees them only while the table does not force its policies on it. From the triggers on nobody
-- writes an instance until this is committed.
alter table neuronx.workflow_instance no force row level security;
insert into neuronx.workflow_timer (tenant_id, entity_key, instance_id, shard, seq, wake_at)
select tenant_id, entity_key, id, shard, seq, wake_at
from neuronx.workflow_instance where wake_at is not null;
alter table neuronx.workflow_instance force row level security;
select neuronx.isolate_by_tenant('neuronx.workflow_timer');
select neuronx.cross_tenants('neuronx.workflow_timer', 'neuronx_relay');
grant select, insert, update, delete on neuronx.workflow_timer to neuronx_app;
grant select on neuronx.workflow_timer to neuronx_relay;

-- What moves with every step was in it; whoever counts looks at the rows anyway.
drop index neuronx.workflow_instance_places;
create index workflow_instance_places on neuronx.workflow_instance (workflow, tenant_id, status, started_at, id);
