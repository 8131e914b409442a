import { publicationOf, sortOut } from '../../src/messaging/bus/publication.ts'
import type { Publication } from '../../src/messaging/bus/publication.ts'
import { entityKey } from '../../src/messaging/events/entity-key.ts'
import type { LoggedEvent } from '../../src/messaging/events/event.ts'
import { wireEventOf } from '../../src/messaging/events/wire-event.ts'
import type { OutgoingEvent } from '../../src/messaging/relay/event-log.ts'

/** What a bus answers that stored the first `count` events, or all. */
export function allStored(events: readonly OutgoingEvent[], count: number = events.length): Publication {
  return publicationOf(
    events,
    (index) => index < count,
    () => ({ kind: 'away', why: 'test' }),
  )
}

/** How many of the events are stored, up to each shard's first gap. */
export function storedCount(events: readonly OutgoingEvent[], publication: Publication): number {
  return sortOut(events, publication).stored.length
}

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
