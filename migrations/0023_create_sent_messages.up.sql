-- Which command sent a message, by the id that the vendor gave it: what its receipts are matched by. Goes with its command.
create table neuronx.sent_message (
  tenant_id uuid not null,
  integration text not null,
  message_id text not null,
  command_id uuid not null,
  primary key (tenant_id, integration, message_id)
);
create index sent_message_command on neuronx.sent_message (command_id);
select neuronx.isolate_by_tenant('neuronx.sent_message');
grant select, insert on neuronx.sent_message to neuronx_app;
create policy retention_crosses_tenants on neuronx.sent_message to neuronx_relay using (true) with check (true);
grant select (command_id), delete on neuronx.sent_message to neuronx_relay;
