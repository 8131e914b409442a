alter table neuronx.dispatch_gate drop column read_only_since;
alter table neuronx.command_attempt drop column untouched;
