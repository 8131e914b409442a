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

/** Puts aside what could not be processed. A letter that exists already is left as it is. */
export async function insertDeadLetters(
  client: pg.ClientBase,
  letters: readonly NewDeadLetter[],
): Promise<void> {
  if (letters.length === 0) return
  await run(client, insert, [
    jsonText(
      letters.map((letter) => ({
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
      })),
    ),
  ])
}
