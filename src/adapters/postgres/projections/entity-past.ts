import type pg from 'pg'
import type { FieldChange } from '../../../sales-core/decide/decision.ts'
import type { MarkChange } from '../../../sales-core/decide/marks.ts'
import type { PastEvent } from '../../../sales-core/scoring/recollect.ts'
import { pastEventsMax } from '../../../sales-core/scoring/recollect.ts'
import { entityRange } from '../events/entity-range.ts'
import { run } from '../connection/transaction.ts'

const decisionsOf = {
  name: 'past_events_decisions',
  text: `
select d.entity_seq as seq, d.changes, coalesce(d.trace->'marks', '[]') as marks,
  extract(epoch from d.decided_at)::double precision * 1000 as at_ms,
  exists (select from jsonb_array_elements_text(coalesce(d.trace->'notes', '[]')) n where n like 'Nothing follows from the event:%')
    as is_dropped
from decision d where d.tenant_id = $1 and d.entity_key = $2 and d.entity_seq <= $3 order by d.entity_seq limit $4`,
}

interface DecisionRow {
  readonly seq: number
  readonly changes: readonly FieldChange[]
  readonly marks: readonly MarkChange[]
  readonly at_ms: number
  readonly is_dropped: boolean
}

/** Everything that happened to an entity up to a place in its order; null: the log no longer has all of it, or it is too long. */
export async function pastOf(
  client: pg.ClientBase,
  tenantId: string,
  entityKey: string,
  { appliedSeq, toSeq }: { readonly appliedSeq: number; readonly toSeq: number },
): Promise<readonly PastEvent[] | null> {
  if (toSeq > pastEventsMax) return null
  const events = await entityRange(client, [{ tenantId, entityKey, fromSeq: 1, toSeq: toSeq + 1 }])
  if (events.length !== toSeq) return null
  const rows = await run<DecisionRow>(client, decisionsOf, [tenantId, entityKey, toSeq, pastEventsMax])
  const decided = new Map(rows.map((row) => [row.seq, row]))
  return events.map((event): PastEvent => {
    const row = decided.get(event.entitySeq)
    if (row === undefined)
      return { event, outcome: { state: event.entitySeq <= appliedSeq ? 'dead' : 'waiting' } }
    const { changes, marks, at_ms: atMs, is_dropped: isDropped } = row
    return { event, outcome: { state: 'decided', atMs: Math.round(atMs), changes, marks, isDropped } }
  })
}
