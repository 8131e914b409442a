lock table neuronx.workflow_instance in access exclusive mode;
drop trigger keep_timer_of_new on neuronx.workflow_instance;
drop trigger keep_timer_of_moved on neuronx.workflow_instance;
drop function neuronx.keep_workflow_timer();
-- Back to where the version before looks. One that has fired and is not decided sleeps no more.
alter table neuronx.workflow_instance no force row level security;
alter table neuronx.workflow_timer no force row level security;
update neuronx.workflow_instance w set wake_at = (
  select t.wake_at from neuronx.workflow_timer t
  where t.tenant_id = w.tenant_id and t.entity_key = w.entity_key and t.instance_id = w.id and t.seq = w.seq)
where w.status = 'waiting';
alter table neuronx.workflow_instance force row level security;
drop table neuronx.workflow_timer;
drop index neuronx.workflow_instance_places;
create index workflow_instance_places on neuronx.workflow_instance (workflow, tenant_id, status, started_at, id)
  include (seq, placed_seq, waiting_at);
