import type { OutgoingEvent } from '../relay/event-log.ts'

/** Why a shard's next event was not stored. `why` holds nothing of the event's data. */
export interface PublishStop {
  /** `refused`: this event is not taken while others are. `away`: the bus does not answer, or takes nothing. */
  readonly kind: 'refused' | 'away'
  readonly why: string
}

/** How far publishing came in a shard: so many of its leading events are safely stored, the rest must be sent again. */
export type ShardPublication =
  | { readonly state: 'complete' }
  | { readonly state: 'stopped'; readonly stored: number; readonly stop: PublishStop }

/** How far publishing came, for every shard that it was given events of. */
export type Publication = ReadonlyMap<number, ShardPublication>

/** The publication of events of which `isStored` (by place) are stored; `stopOf` says why a shard's first other one is not. */
export function publicationOf(
  events: readonly OutgoingEvent[],
  isStored: (index: number) => boolean,
  stopOf: (shard: number) => PublishStop,
): Publication {
  const leading = new Map<number, number>()
  const publication = new Map<number, ShardPublication>()
  for (const [index, { shard }] of events.entries()) {
    if (publication.get(shard)?.state === 'stopped') continue
    const stored = leading.get(shard) ?? 0
    if (isStored(index)) {
      leading.set(shard, stored + 1)
      publication.set(shard, { state: 'complete' })
    } else publication.set(shard, { state: 'stopped', stored, stop: stopOf(shard) })
  }
  return publication
}

/** The same reason for every shard, and nothing stored. */
export function nothingStored(events: readonly OutgoingEvent[], stop: PublishStop): Publication {
  return publicationOf(
    events,
    () => false,
    () => stop,
  )
}

/** Published events, told apart: what is stored up to each shard's first gap, and the event at each gap. */
export function sortOut(
  events: readonly OutgoingEvent[],
  publication: Publication,
): {
  readonly stored: readonly OutgoingEvent[]
  readonly stopped: readonly { readonly event: OutgoingEvent; readonly stop: PublishStop }[]
} {
  const stored: OutgoingEvent[] = []
  const stopped: { event: OutgoingEvent; stop: PublishStop }[] = []
  const places = new Map<number, number>()
  for (const event of events) {
    const place = places.get(event.shard) ?? 0
    places.set(event.shard, place + 1)
    const shard = publication.get(event.shard)
    if (shard?.state === 'complete' || (shard !== undefined && place < shard.stored)) stored.push(event)
    else if (shard !== undefined && place === shard.stored) stopped.push({ event, stop: shard.stop })
  }
  return { stored, stopped }
}
