drop table neuronx.active_revision;
drop table neuronx.revision;
drop table neuronx.document;
