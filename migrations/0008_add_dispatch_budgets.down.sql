drop index neuronx.command_lane_looks;
alter table neuronx.command_lane drop column look_at, drop column looks;

drop trigger reopen_gates on neuronx.active_revision;
drop trigger reopen_gates on neuronx.secret;
drop function neuronx.reopen_gates();
revoke select, update (breaker, opens, not_before) on neuronx.dispatch_gate from neuronx_control;
drop policy neuronx_control_crosses_tenants on neuronx.dispatch_gate;

revoke insert, update on neuronx.dispatch_gate from neuronx_relay;
drop index neuronx.dispatch_gate_shut;
alter table neuronx.dispatch_gate reset (autovacuum_vacuum_scale_factor, autovacuum_vacuum_threshold,
  autovacuum_vacuum_cost_delay);
alter table neuronx.dispatch_gate
  drop column breaker, drop column opens, drop column shut_since, drop column ramp_from, drop column window_at,
  drop column calls, drop column failures, drop column calls_before, drop column failures_before, drop column tokens,
  drop column tokens_at, drop column per_second;
