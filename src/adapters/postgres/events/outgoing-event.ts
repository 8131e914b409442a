import { eventBytesMax } from '../../../messaging/events/event.ts'
import type { EventOrigin } from '../../../messaging/events/event.ts'
import { encodeWireEvent } from '../../../messaging/events/wire-event.ts'
import type { OutgoingEvent } from '../../../messaging/relay/event-log.ts'

/** A log row on its way to the bus: `data` and `headers` stay text. */
export interface OutgoingRow {
  readonly txid: string
  readonly pos: string
  readonly shard: number
  readonly event_id: string
  readonly tenant_id: string
  readonly slug: string
  readonly entity_key: string
  readonly entity_seq: number
  readonly type: string
  readonly source: string
  readonly external_id: string
  readonly origin: EventOrigin
  readonly data: string
  readonly headers: string
  readonly created_at: string
}

/** The row as it is published. */
export function outgoingEvent(row: OutgoingRow): OutgoingEvent {
  const { txid, pos, shard } = row
  return {
    position: { txid, pos },
    shard,
    eventId: row.event_id,
    tenantSlug: row.slug,
    entityKey: row.entity_key,
    type: row.type,
    message: encodeWireEvent(
      {
        id: row.event_id,
        tenantId: row.tenant_id,
        tenantSlug: row.slug,
        entityKey: row.entity_key,
        type: row.type,
        source: row.source,
        externalId: row.external_id,
        origin: row.origin,
        shard,
        entitySeq: row.entity_seq,
        acceptedAt: row.created_at,
        headersText: row.headers,
      },
      compact(row.data),
    ),
  }
}

/**
 * jsonb writes numbers out in full, so data may come back many times as large as it was accepted (`1e308`: 309 digits). What no
 * longer fits a message would hold up its shard for ever; as JavaScript writes it, it has the size that it was accepted with.
 */
function compact(data: string): string {
  return data.length > eventBytesMax ? JSON.stringify(JSON.parse(data)) : data
}
