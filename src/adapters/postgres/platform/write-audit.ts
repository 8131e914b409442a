import type pg from 'pg'
import type { AuditEntry } from '../../../platform/audit/audit-entry.ts'
import { jsonText } from '../connection/json-text.ts'
import { run } from '../connection/transaction.ts'

const insert = {
  name: 'audit_insert',
  text: `
insert into audit_log (tenant_id, actor, action, target, reason, before, after)
values ($1, $2, $3, $4, $5, $6::jsonb, $7::jsonb)`,
}

/** Writes who changed what, in the change's own transaction. */
export async function writeAudit(client: pg.ClientBase, entry: AuditEntry): Promise<void> {
  const { tenantId, actor, action, target, reason, before, after } = entry
  await run(client, insert, [tenantId, actor, action, target, reason, jsonText(before), jsonText(after)])
}
