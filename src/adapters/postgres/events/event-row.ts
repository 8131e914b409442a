import { entityKey, parseEntityKey, shardOf } from '../../../messaging/events/entity-key.ts'
import type { EventOrigin, LoggedEvent, NxEvent } from '../../../messaging/events/event.ts'
import { wireHeaders } from '../../../messaging/events/wire-event.ts'
import type { WireHeaders } from '../../../messaging/events/wire-event.ts'
import type { JsonObject } from '../../../kernel/json.ts'

/** A row of event_log as `eventColumns` selects it. */
export interface EventRow {
  readonly event_id: string
  readonly tenant_id: string
  readonly shard: number
  readonly entity_key: string
  readonly entity_seq: number | null
  readonly type: string
  readonly source: string
  readonly external_id: string
  readonly origin: EventOrigin
  readonly data: JsonObject
  readonly headers: WireHeaders
  readonly created_at: string
}

/** Of a table aliased `e`. */
export const eventColumns =
  'e.event_id, e.tenant_id, e.shard, e.entity_key, e.entity_seq, e.type, e.source, e.external_id, e.origin, e.data, e.headers, e.created_at'

/** The event in a row. */
export function eventOfRow(
  row: EventRow,
): NxEvent & { shard: number; entitySeq: number | null; acceptedAt: string } {
  const { workspace, subject } = parseEntityKey(row.entity_key)
  const { headers } = row
  return {
    id: row.event_id,
    tenantId: row.tenant_id,
    workspace,
    type: row.type,
    subject,
    source: row.source,
    externalId: row.external_id,
    time: headers.time,
    data: row.data,
    origin: row.origin,
    correlationId: headers.correlationid,
    causationId: headers.causationid ?? null,
    rootId: headers.rootid,
    depth: headers.depth,
    ...(headers.only === undefined ? {} : { only: headers.only }),
    shard: row.shard,
    entitySeq: row.entity_seq,
    acceptedAt: row.created_at,
  }
}

/** The event of a row that has its place in its entity's order. */
export function loggedEventOfRow(row: EventRow & { readonly entity_seq: number }): LoggedEvent {
  return { ...eventOfRow(row), entitySeq: row.entity_seq }
}

/** What is inserted for an event; `routed: false` is recorded only. */
export function logRecord(event: NxEvent, ord: number, routed: boolean): object {
  const key = entityKey(event.workspace, event.subject)
  return {
    ord,
    routed,
    event_id: event.id,
    tenant_id: event.tenantId,
    workspace: event.workspace,
    shard: shardOf(event.tenantId, key),
    entity_key: key,
    type: event.type,
    source: event.source,
    external_id: event.externalId,
    origin: event.origin,
    data: event.data,
    headers: wireHeaders(event),
    root_id: event.rootId,
  }
}
