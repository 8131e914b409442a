drop table neuronx.event_start;
-- Without its answer such a row would look like the key of an event.
delete from neuronx.inbox where answer is not null;
alter table neuronx.inbox drop column answer;
