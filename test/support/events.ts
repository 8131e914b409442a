import { derivedId } from '../../src/kernel/ids.ts'
import { entityKey, shardOf } from '../../src/messaging/events/entity-key.ts'
import type { LoggedEvent, NxEvent } from '../../src/messaging/events/event.ts'

export const acmeId = '018f0000-0000-7000-8000-000000000001'

/** An external event with made-up but well-formed members. */
export function someEvent(change: Partial<NxEvent> = {}): NxEvent {
  const externalId = change.externalId ?? 'e1'
  const id = change.id ?? derivedId('event', change.tenantId ?? acmeId, externalId)
  return {
    id,
    tenantId: acmeId,
    workspace: 'default',
    type: 'lead.created',
    subject: { kind: 'lead', id: '42' },
    source: 'crm',
    externalId,
    time: '2026-03-05T12:00:00.000Z',
    data: { name: 'Ada' },
    origin: 'external',
    correlationId: id,
    causationId: null,
    rootId: id,
    depth: 0,
    ...change,
  }
}

/** The same, as the log holds it. */
export function someLoggedEvent(change: Partial<LoggedEvent> = {}): LoggedEvent {
  const event = someEvent(change)
  return {
    ...event,
    shard: shardOf(event.tenantId, entityKey(event.workspace, event.subject)),
    entitySeq: 1,
    acceptedAt: event.time,
    ...change,
  }
}
