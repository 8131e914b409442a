import type pg from 'pg'
import { fingerprintOf } from '../../../messaging/dead-letters/dead-letter.ts'
import type { NewDeadLetter } from '../../../messaging/dead-letters/dead-letter.ts'
import { jsonText } from '../connection/json-text.ts'
import { run } from '../connection/transaction.ts'

const insert = {
  name: 'insert_dead_letters',
  text: `
insert into dead_letter (id, tenant_id, workspace, source, class, code, reason, integration, entity_key, event_id, command_id,
  cause, payload, fingerprint)
select id, tenant_id, workspace, source, class, code, reason, integration, entity_key, event_id, command_id,
  cause, coalesce(payload, 'null'), fingerprint
from json_to_recordset($1::json) as x(
  id uuid, tenant_id uuid, workspace text, source text, class text, code text, reason text, integration text,
  entity_key text, event_id uuid, command_id uuid, cause text, payload jsonb, fingerprint text)
on conflict (id) do nothing`,
}

/** The letters of commands that were being replayed and died once more, with what is wrong now. */
const reopen = {
  name: 'reopen_dead_letters',
  text: `
update dead_letter d set status = 'open', class = x.class, code = x.code, reason = x.reason, payload = coalesce(x.payload, 'null'),
  fingerprint = x.fingerprint, last_replay = coalesce(d.last_replay, '{}') || jsonb_build_object('outcome', x.class, 'code', x.code)
from (
  select x.*, d.id from json_to_recordset($1::json) as x(
    tenant_id uuid, class text, code text, reason text, command_id uuid, payload jsonb, fingerprint text)
  cross join lateral (
    select id from dead_letter d
    where d.tenant_id = x.tenant_id and d.command_id = x.command_id and d.status = 'replaying' limit 1) d
) x
where d.id = x.id
returning d.command_id`,
}

/**
 * Puts aside what could not be processed. A letter that exists already is left as it is; a command whose letter is being
 * replayed opens that one again, so that one trouble stays one letter.
 */
export async function insertDeadLetters(
  client: pg.ClientBase,
  letters: readonly NewDeadLetter[],
): Promise<void> {
  const commands = letters.filter(({ source }) => source === 'command')
  const rows =
    commands.length === 0
      ? []
      : await run<{ command_id: string }>(client, reopen, [jsonText(commands.map(letterRecord))])
  const reopened = new Set(rows.map((row) => row.command_id))
  const fresh = letters.filter(({ commandId }) => commandId === null || !reopened.has(commandId))
  if (fresh.length > 0) await run(client, insert, [jsonText(fresh.map(letterRecord))])
}

function letterRecord(letter: NewDeadLetter): object {
  return {
    id: letter.id,
    tenant_id: letter.tenantId,
    workspace: letter.workspace,
    source: letter.source,
    class: letter.class,
    code: letter.code,
    reason: letter.reason,
    integration: letter.integration,
    entity_key: letter.entityKey,
    event_id: letter.eventId,
    command_id: letter.commandId,
    cause: letter.cause,
    payload: letter.payload,
    fingerprint: fingerprintOf(letter),
  }
}
