import type pg from 'pg'
import type { LoggedEvent } from '../../../messaging/events/event.ts'
import { eventColumns, loggedEventOfRow } from './event-row.ts'
import type { EventRow } from './event-row.ts'
import { run } from '../connection/transaction.ts'

/** Events of one entity: `fromSeq` inclusive, `toSeq` exclusive. */
export interface SeqRange {
  readonly tenantId: string
  readonly entityKey: string
  readonly fromSeq: number
  readonly toSeq: number
}

const select = {
  name: 'entity_range',
  text: `
select e.* from unnest($1::uuid[], $2::text[], $3::bigint[], $4::bigint[]) as r(tenant_id, entity_key, from_seq, to_seq)
cross join lateral (
  select ${eventColumns} from event_log e
  where e.tenant_id = r.tenant_id and e.entity_key = r.entity_key and e.entity_seq >= r.from_seq and e.entity_seq < r.to_seq
  offset 0) e
order by e.tenant_id, e.entity_key, e.entity_seq`,
}

/** Reads ranges of entities' events from the log, in order within each entity. */
export async function entityRange(
  client: pg.ClientBase,
  ranges: readonly SeqRange[],
): Promise<readonly LoggedEvent[]> {
  if (ranges.length === 0) return []
  const rows = await run<EventRow & { entity_seq: number }>(client, select, [
    ranges.map((range) => range.tenantId),
    ranges.map((range) => range.entityKey),
    ranges.map((range) => range.fromSeq),
    ranges.map((range) => range.toSeq),
  ])
  return rows.map(loggedEventOfRow)
}
