import type pg from 'pg'
import type { Scope } from '../../../control-plane/documents/document.ts'
import { scopeName } from '../../../control-plane/documents/document.ts'
import { newId } from '../../../kernel/ids.ts'
import type { JsonObject } from '../../../kernel/json.ts'
import { jsonText } from '../connection/json-text.ts'
import { run } from '../connection/transaction.ts'
import { writeAudit } from '../platform/write-audit.ts'
import { insertQuarantine } from './history-statements.ts'

export interface NewQuarantine {
  readonly scope: Scope
  readonly tenantId: string | null
  readonly workspace: string | null
  readonly digest: string
  readonly reason: string
  readonly evidence: JsonObject
  /** Name of the actor. */
  readonly by: string
}

/** Quarantines a revision and says so in the audit; nothing happens when it is quarantined already. `noted`: more for the audit. */
export async function putInQuarantine(
  client: pg.ClientBase,
  { scope, tenantId, workspace, digest, reason, evidence, by }: NewQuarantine,
  noted: JsonObject = {},
): Promise<void> {
  const values = [newId(), tenantId, workspace, digest, reason, jsonText(evidence), by]
  const made = await run(client, insertQuarantine, values)
  if (made.length === 0) return
  await writeAudit(client, {
    tenantId,
    actor: by,
    action: 'config.quarantine',
    target: scopeName(scope),
    reason,
    before: null,
    after: { digest, ...noted },
  })
}
