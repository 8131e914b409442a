drop table neuronx.task;
drop table neuronx.rep_load;
drop table neuronx.team_rotation;
