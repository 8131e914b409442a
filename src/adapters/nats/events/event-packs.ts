import { sha256Hex } from '../../../kernel/digest.ts'
import type { LogPosition, OutgoingEvent } from '../../../messaging/relay/event-log.ts'
import { messageId } from './message-headers.ts'

/** Most events of one message, unless set otherwise: more saves little and makes one settlement wait for more. */
export const packEventsDefault = 16
/** A message that holds more than one event is not larger than this. Characters of JSON. */
const packCharsMax = 128 * 1024

/** Events that travel as one message: of one shard, one tenant and one type, in log order. */
export interface EventPack {
  readonly shard: number
  readonly subject: string
  readonly events: readonly OutgoingEvent[]
  /** Their places in what was to be published. */
  readonly indexes: readonly number[]
  /** Packs (by place) that hold earlier events of the same entities: they must be stored first. */
  readonly after: ReadonlySet<number>
}

interface OpenPack extends EventPack {
  readonly events: OutgoingEvent[]
  readonly indexes: number[]
  readonly after: Set<number>
  chars: number
}

/**
 * Packs events so that an entity's order holds when packs go out together and each waits for those it comes after. A pack only
 * ever comes after packs before it, so no two wait for each other.
 */
export function packEvents(
  events: readonly OutgoingEvent[],
  eventsMax: number = packEventsDefault,
): readonly EventPack[] {
  const packs: OpenPack[] = []
  const open = new Map<string, number>()
  const lastOf = new Map<string, number>()
  for (const [index, event] of events.entries()) {
    const subject = `nx.events.${event.shard}.${event.tenantSlug}.${event.type}`
    const entity = `${event.tenantSlug}/${event.entityKey}`
    const before = lastOf.get(entity) ?? -1
    let at = open.get(subject) ?? -1
    if (at < before || !hasRoom(packs[at], event, eventsMax)) {
      at =
        packs.push({ shard: event.shard, subject, events: [], indexes: [], after: new Set(), chars: 0 }) - 1
      open.set(subject, at)
    }
    const pack = packs[at] as OpenPack
    if (before !== -1 && before !== at) pack.after.add(before)
    pack.events.push(event)
    pack.indexes.push(index)
    pack.chars += event.message.length
    lastOf.set(entity, at)
  }
  return packs
}

function hasRoom(pack: OpenPack | undefined, event: OutgoingEvent, eventsMax: number): boolean {
  if (pack === undefined) return false
  return pack.events.length < eventsMax && pack.chars + event.message.length <= packCharsMax
}

/** A lone event goes as it is, several as a JSON array: CloudEvents' batch format. */
export function packBody({ events }: EventPack): string {
  const [first] = events
  return events.length === 1 && first !== undefined
    ? first.message
    : `[${events.map(({ message }) => message).join(',')}]`
}

/** The same events make the same id, so that a repeat is swallowed; other companions make another one, and the consumer sorts it out. */
export function packId({ events }: EventPack, publishNumber: number): string {
  const ids = events.map(({ eventId }) => eventId)
  return messageId(ids.length === 1 ? (ids[0] ?? '') : sha256Hex(ids.join()).slice(0, 32), publishNumber)
}

/** Where the pack stands in the log: its first event. Nothing that was packed before it stands behind that. */
export function packPosition({ events }: EventPack): LogPosition {
  return events[0]?.position ?? { txid: '0', pos: '0' }
}
