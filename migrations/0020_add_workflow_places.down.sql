drop trigger know_workflow on neuronx.workflow_instance;
drop function neuronx.know_workflow();
drop table neuronx.workflow_follow;
revoke delete on neuronx.workflow_instance from neuronx_relay;
drop index neuronx.workflow_instance_ended;
drop index neuronx.workflow_instance_places;
alter table neuronx.workflow_instance drop column followed, drop column placed_seq, drop column waiting_at;
