import type pg from 'pg'
import type { JsonValue } from '../../../kernel/json.ts'
import type {
  DeadLetterClass,
  DeadLetterSource,
  DeadLetterStatus,
} from '../../../messaging/dead-letters/dead-letter.ts'
import type { DeadLetterAction } from '../../../platform/dead-letters/dead-letter-operations.ts'
import { run } from '../connection/transaction.ts'
import { judge, judgeJoins, judgeValues } from './judge-letters.ts'
import type { LeftAlone } from './judge-letters.ts'

/** A letter that this transaction holds. */
export interface LockedLetter {
  readonly id: string
  readonly tenant_id: string
  readonly workspace: string
  readonly source: DeadLetterSource
  readonly class: DeadLetterClass
  readonly status: DeadLetterStatus
  readonly replays: number
  readonly event_id: string | null
  readonly command_id: string | null
  readonly integration: string | null
  readonly cause: string | null
  readonly payload: JsonValue
}

const lock = {
  name: 'letter_lock',
  text: 'select id from dead_letter where tenant_id = $1 and id = $2 for no key update',
}

/** After the lock, in a snapshot of its own: what was committed while it was waited for is seen. */
const read = {
  name: 'letter_read',
  text: `
select d.id, d.tenant_id, d.workspace, d.source, d.class, d.status, d.replays, d.event_id, d.command_id, d.integration, d.cause, d.payload,
  ${judge(['$3', '$4', '$5'])} as why
from (select * from dead_letter where tenant_id = $1 and id = $2) d ${judgeJoins}`,
}

/** Locks a letter and says why the action would leave it alone. null: there is no such letter of the tenant. */
export async function lockLetter(
  client: pg.ClientBase,
  tenantId: string,
  id: string,
  action: DeadLetterAction,
): Promise<{ readonly letter: LockedLetter; readonly why: LeftAlone | null } | null> {
  await run(client, lock, [tenantId, id])
  const [row] = await run<LockedLetter & { why: LeftAlone | null }>(client, read, [
    tenantId,
    id,
    ...judgeValues(action),
  ])
  if (row === undefined) return null
  const { why, ...letter } = row
  return { letter, why }
}
