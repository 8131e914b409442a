drop index neuronx.dead_letter_group;
revoke update (class, code, reason, payload, fingerprint) on neuronx.dead_letter from neuronx_app;
alter table neuronx.dead_letter drop column resolution, drop column last_replay;
drop table neuronx.job_item;
drop table neuronx.job;
