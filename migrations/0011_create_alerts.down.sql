alter table neuronx.job drop column paused_itself;
revoke select (fingerprint, class, code, integration, cause) on neuronx.dead_letter from neuronx_relay;
drop index neuronx.dead_letter_open_group;
drop index neuronx.command_lane_in_doubt;
alter table neuronx.daemon drop column health;
drop table neuronx.alert_notice;
drop table neuronx.alert;
