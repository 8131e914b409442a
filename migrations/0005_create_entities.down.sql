drop table neuronx.workflow_instance;
drop table neuronx.decision;
drop sequence neuronx.decision_pos;
drop table neuronx.entity;
