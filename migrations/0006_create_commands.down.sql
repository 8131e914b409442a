drop table neuronx.dead_letter;
drop table neuronx.dispatch_gate;
drop table neuronx.command_attempt;
drop table neuronx.command_outcome;
drop table neuronx.command_lane;
drop table neuronx.command;
