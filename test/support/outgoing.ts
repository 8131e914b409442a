import { entityKey } from '../../src/messaging/events/entity-key.ts'
import type { LoggedEvent } from '../../src/messaging/events/event.ts'
import { wireEventOf } from '../../src/messaging/events/wire-event.ts'
import type { OutgoingEvent } from '../../src/messaging/relay/event-log.ts'

/** A logged event as the relay reads it. */
export function outgoing(event: LoggedEvent, tenantSlug = 'acme'): OutgoingEvent {
  return {
    position: { txid: '1', pos: String(event.entitySeq) },
    shard: event.shard,
    eventId: event.id,
    tenantSlug,
    entityKey: entityKey(event.workspace, event.subject),
    type: event.type,
    message: wireEventOf(event, tenantSlug),
  }
}
