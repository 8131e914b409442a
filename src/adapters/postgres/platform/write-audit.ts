import type pg from 'pg'
import type { AuditEntry } from '../../../platform/audit/audit-entry.ts'
import { jsonText } from '../connection/json-text.ts'
import { run } from '../connection/transaction.ts'

const insert = {
  name: 'audit_insert',
  text: `
insert into audit_log (tenant_id, actor, action, target, reason, before, after)
select x.tenant_id, x.actor, x.action, x.target, x.reason, x.before::jsonb, x.after::jsonb
from rows from (json_to_recordset($1::json) as (
  tenant_id uuid, actor text, action text, target text, reason text, before text, after text)) with ordinality as x
order by x.ordinality`,
}

/** Writes who changed what, in the change's own transaction. */
export async function writeAudit(client: pg.ClientBase, entry: AuditEntry): Promise<void> {
  await writeAudits(client, [entry])
}

/** The same for several changes at once, in this order. */
export async function writeAudits(client: pg.ClientBase, entries: readonly AuditEntry[]): Promise<void> {
  if (entries.length === 0) return
  const rows = entries.map(({ tenantId, actor, action, target, reason, before, after }) => ({
    ...{ tenant_id: tenantId, actor, action, target, reason },
    ...{ before: jsonText(before), after: jsonText(after) },
  }))
  await run(client, insert, [jsonText(rows)])
}
