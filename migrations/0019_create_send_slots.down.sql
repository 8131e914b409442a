alter table neuronx.command_lane drop column queued_at;
drop table neuronx.send_clearance;
drop table neuronx.send_slot;
