-- Who may still be written to under frequency caps: a row for each message that was sent, or is about to be.
create table neuronx.send_slot (
  tenant_id uuid not null,
  -- `<workspace>/<kind>/<id>`: whose cap it is.
  entity_key text not null,
  -- `<policy>#<window>`: so that another number under the same cap goes on counting.
  cap text not null,
  command_id uuid not null,
  -- 0 high, 1 normal, 2 low. A higher one takes the slot of a lower one that certainly was not sent.
  priority smallint not null check (priority between 0 and 2),
  taken_at timestamptz not null default clock_timestamp(),
  expires_at timestamptz not null,
  primary key (tenant_id, entity_key, cap, command_id)
);
create index send_slot_command on neuronx.send_slot (command_id);
create index send_slot_expires on neuronx.send_slot (expires_at);
select neuronx.isolate_by_tenant('neuronx.send_slot');
grant select, insert, update, delete on neuronx.send_slot to neuronx_app;
create policy retention_crosses_tenants on neuronx.send_slot to neuronx_relay using (true) with check (true);
grant select (tenant_id, entity_key, cap, command_id, expires_at), delete on neuronx.send_slot to neuronx_relay;

-- What an attempt was cleared on: the consent record that it relied on, and which policies looked at it. Goes with its command.
create table neuronx.send_clearance (
  command_id uuid not null,
  run_lease bigint not null,
  tenant_id uuid not null,
  relied_on jsonb not null,
  cleared_at timestamptz not null default clock_timestamp(),
  primary key (command_id, run_lease)
);
select neuronx.isolate_by_tenant('neuronx.send_clearance');
grant select, insert on neuronx.send_clearance to neuronx_app;
create policy retention_crosses_tenants on neuronx.send_clearance to neuronx_relay using (true) with check (true);
grant select (command_id), delete on neuronx.send_clearance to neuronx_relay;

-- Since when a command waits in its lane: how long it may be deferred counts from then, also for one that is replayed.
alter table neuronx.command_lane add column queued_at timestamptz not null default now();
