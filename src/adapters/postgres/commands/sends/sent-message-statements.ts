/** Ids of messages that vendors gave. The same id again (a replay that found it sent) stays with the first. */
export const noteSentMessages = {
  name: 'sent_note',
  text: `
insert into sent_message (tenant_id, integration, message_id, command_id)
select tenant_id, integration, message_id, command_id
from json_to_recordset($1::json) as x(tenant_id uuid, integration text, message_id text, command_id uuid)
order by tenant_id, integration, message_id
on conflict do nothing`,
}

/** `$1` tenant, `$2` integration, `$3` ids. */
export const findSentMessages = {
  name: 'sent_find',
  text: `
select s.message_id as "messageId", c.id as "commandId", c.workspace, c.entity_key as "entityKey", c.correlation_id as "correlationId",
  c.instance_id as "instanceId", c.operation, c.cause
from unnest($3::text[]) x(message_id)
cross join lateral (
  select * from sent_message s
  where s.tenant_id = $1 and s.integration = $2 and s.message_id = x.message_id limit 1) s
cross join lateral (select * from command c where c.id = s.command_id limit 1) c`,
}
