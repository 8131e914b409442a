drop index neuronx.document_schedule;
drop table neuronx.schedule_run;
drop table neuronx.schedule;
