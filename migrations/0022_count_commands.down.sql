drop table neuronx.command_day;
