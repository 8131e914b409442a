import type pg from 'pg'
import { isUuid, newId } from '../../../kernel/ids.ts'
import type { NxEvent } from '../../../messaging/events/event.ts'
import { run } from '../connection/transaction.ts'
import { appendEvents } from './append-events.ts'
import { eventColumns, eventOfRow } from './event-row.ts'
import type { EventRow } from './event-row.ts'

const eventById = {
  name: 'replay_event',
  text: `select ${eventColumns} from event_log e where e.tenant_id = $1 and e.event_id = $2 limit 1`,
}

/**
 * Logs an event anew, so that it is processed once more: as a new event that names the original as its cause and keeps its
 * data, time, correlation, root and depth. `only`: for one rule, `<rule set>/<rule id>`. Returns the new event's id; null when the
 * log no longer has the original.
 */
export async function replayEvent(
  client: pg.ClientBase,
  tenantId: string,
  eventId: string,
  { externalId, only }: { readonly externalId: string; readonly only: string | null },
): Promise<string | null> {
  const [row] = isUuid(eventId) ? await run<EventRow>(client, eventById, [tenantId, eventId]) : []
  if (row === undefined) return null
  const { shard: _shard, entitySeq: _seq, acceptedAt: _at, only: _only, ...original } = eventOfRow(row)
  const id = newId()
  const event: NxEvent = {
    ...original,
    id,
    source: 'neuronx/replay',
    externalId,
    // A timer's event wakes its workflow only as a timer: no producer may send one.
    origin: original.origin === 'timer' ? 'timer' : 'replay',
    causationId: original.id,
    ...(only === null ? {} : { only }),
  }
  await appendEvents(client, [{ event, routed: true }])
  return id
}
