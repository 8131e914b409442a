drop table neuronx.quarantined_revision;
drop table neuronx.config_plan;
drop trigger record_activation on neuronx.active_revision;
drop function neuronx.record_activation();
drop table neuronx.revision_activation;
alter table neuronx.revision drop column places;
