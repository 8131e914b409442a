import type pg from 'pg'
import type { JsonObject } from '../../../kernel/json.ts'
import type { DeadLetterSelection } from '../../../platform/dead-letters/dead-letter-operations.ts'
import { inTenants, run } from '../connection/transaction.ts'
import { bindSelection, requireKnown, selectedLetters } from './letter-selection.ts'

const pageSize = 200

/** A page in key order behind the last row of the page before. */
const pageOf = (by: 'filter' | 'ids', [at, id, limit]: readonly [string, string, string]) => `
select d.id, d.workspace, d.source, d.class, d.code, d.reason, d.integration, d.entity_key as "entityKey", d.event_id as "eventId",
  d.command_id as "commandId", d.cause, d.payload, d.status, d.replays, d.created_at as "createdAt"
from (${selectedLetters[by].replace(
  'order by',
  `and (${at}::timestamptz is null or (d.created_at, d.id) > (${at}::timestamptz, ${id}::uuid)) order by`,
)}) d
order by d.created_at, d.id limit ${limit}`

const pages = {
  filter: { name: 'letters_export_filter', text: pageOf('filter', ['$12', '$13', '$14']) },
  ids: { name: 'letters_export_ids', text: pageOf('ids', ['$13', '$14', '$15']) },
}

type ExportRow = JsonObject & { readonly id: string; readonly createdAt: string }

/** Letters with their payload, oldest first, a page at a time: however many there are, memory stays flat. */
export async function* exportLetters(
  pool: pg.Pool,
  tenantId: string,
  selection: DeadLetterSelection,
): AsyncIterable<JsonObject> {
  const bound = bindSelection(tenantId, selection)
  let left = selection.max ?? Number.POSITIVE_INFINITY
  let after: readonly [string | null, string | null] = [null, null]
  while (left > 0) {
    const limit = Math.min(left, pageSize)
    const [at, id]: readonly [string | null, string | null] = after
    const values = [...bound.values, at, id, limit]
    // What limits a job's selection does not limit an export.
    values[10] = limit
    const rows: readonly ExportRow[] = await inTenants(pool, [tenantId], async (client) => {
      if (at === null) await requireKnown(client, tenantId, selection.ids)
      return run<ExportRow>(client, pages[bound.by], values)
    })
    yield* rows
    const last = rows.at(-1)
    if (last === undefined || rows.length < limit) return
    left -= rows.length
    after = [last.createdAt, last.id]
  }
}
