import type pg from 'pg'
import { isJsonObject } from '../../../../kernel/json.ts'
import type { JsonValue } from '../../../../kernel/json.ts'
import type { Command } from '../../../../messaging/commands/command.ts'
import { jsonText } from '../../connection/json-text.ts'
import { run } from '../../connection/transaction.ts'
import { noteSentMessages } from './sent-message-statements.ts'

/** Longer ones are no ids. */
const idCharsMax = 255

/** Keeps the ids of messages that these commands sent: results that hold a `message_id`. */
export async function noteMessageIds(
  client: pg.ClientBase,
  succeeded: ReadonlyArray<{ readonly command: Command; readonly result: JsonValue }>,
): Promise<void> {
  const rows = succeeded.flatMap(({ command, result }) => {
    const id = messageIdOf(result)
    if (id === null) return []
    return [
      {
        tenant_id: command.tenantId,
        integration: command.integration,
        message_id: id,
        command_id: command.id,
      },
    ]
  })
  if (rows.length > 0) await run(client, noteSentMessages, [jsonText(rows)])
}

function messageIdOf(result: JsonValue): string | null {
  const id = isJsonObject(result) && Object.hasOwn(result, 'message_id') ? result['message_id'] : undefined
  return typeof id === 'string' && id !== '' && id.length <= idCharsMax ? id : null
}
