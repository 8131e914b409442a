-- How many commands of a tenant were let out on a day (UTC), for tenants with a quota. A command counts once, with its first attempt.
create table neuronx.command_day (
  tenant_id uuid not null,
  day date not null,
  used bigint not null default 0 check (used >= 0),
  primary key (tenant_id, day)
) with (fillfactor = 50);
select neuronx.isolate_by_tenant('neuronx.command_day');
select neuronx.cross_tenants('neuronx.command_day', 'neuronx_relay');
grant select, insert, update on neuronx.command_day to neuronx_app;
grant select, delete on neuronx.command_day to neuronx_relay;
