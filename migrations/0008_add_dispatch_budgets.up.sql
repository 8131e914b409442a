-- The gate of an integration becomes its budget and its breaker, shared by all daemons. Times are the database's.
alter table neuronx.dispatch_gate
  -- closed: calls go through; open: none does; half_open: one, to see whether the other side is back.
  add column breaker text not null default 'closed' check (breaker in ('closed', 'open', 'half_open')),
  -- How often it opened in a row: each time for longer.
  add column opens integer not null default 0,
  -- Since when it has not taken calls without a break; null while it does.
  add column shut_since timestamptz,
  -- It came back then: calls a second begin at 1 and double each second up to the rate.
  add column ramp_from timestamptz,
  -- Calls and failures of the window that began at window_at, and of the one before it.
  add column window_at timestamptz not null default 'epoch',
  add column calls integer not null default 0,
  add column failures integer not null default 0,
  add column calls_before integer not null default 0,
  add column failures_before integer not null default 0,
  -- The token bucket: what it held at tokens_at, and the rate under which it fills.
  add column tokens double precision not null default 0,
  add column tokens_at timestamptz not null default 'epoch',
  add column per_second double precision not null default 0;
alter table neuronx.dispatch_gate set (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 200,
  autovacuum_vacuum_cost_delay = 0);
create index dispatch_gate_shut on neuronx.dispatch_gate (shut_since) where shut_since is not null;
grant insert, update on neuronx.dispatch_gate to neuronx_relay;

-- A new secret or configuration may be the answer to refused credentials: the next call tries, a moment later, when every
-- daemon has heard of it.
select neuronx.cross_tenants('neuronx.dispatch_gate', 'neuronx_control');
grant select, update (breaker, opens, not_before) on neuronx.dispatch_gate to neuronx_control;
create function neuronx.reopen_gates() returns trigger
language plpgsql set search_path = neuronx, pg_temp as $$
begin
  update neuronx.dispatch_gate set breaker = 'half_open', opens = 0, not_before = clock_timestamp() + interval '1 second'
  where (tenant_id = new.tenant_id or new.tenant_id is null) and breaker <> 'closed'
    and reason in ('NX-CALL-CREDENTIALS', 'NX-SECRET-MISSING');
  return null;
end
$$;
revoke execute on function neuronx.reopen_gates() from public;
grant execute on function neuronx.reopen_gates() to neuronx_control;
create trigger reopen_gates after insert on neuronx.secret for each row execute function neuronx.reopen_gates();
create trigger reopen_gates after insert or update on neuronx.active_revision
  for each row execute function neuronx.reopen_gates();

-- Commands in doubt whose operation can be looked up: when to look next, and how often it was done.
alter table neuronx.command_lane
  add column look_at timestamptz,
  add column looks integer not null default 0;
create index command_lane_looks on neuronx.command_lane (look_at) where state = 'in_doubt' and look_at is not null;
