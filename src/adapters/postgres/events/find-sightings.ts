import type pg from 'pg'
import type { JsonObject } from '../../../kernel/json.ts'
import { entityKey } from '../../../messaging/events/entity-key.ts'
import type { NxEvent } from '../../../messaging/events/event.ts'
import type { IncomingEvent } from '../../../messaging/intake/event-intake.ts'
import {
  isSameChange,
  isSameThing,
  seenFields,
  readKeyPrefix,
  sightingGraceMs,
  sightingHorizonMs,
  sightingLateMs,
  sightingSkewMs,
} from '../../../messaging/intake/sighting.ts'
import type { Sighting } from '../../../messaging/intake/sighting.ts'
import { jsonText } from '../connection/json-text.ts'
import { run } from '../connection/transaction.ts'
import type { IntakePlan, KnownKey } from './intake-plan.ts'
import * as sql from './sighting-statements.ts'

interface HeldRow {
  readonly tenant_id: string
  readonly source: string
  readonly object: string
  /** Of the read: what isSameChange needs, and the type of its event. */
  readonly sighting: Pick<Sighting, 'fields' | 'identifies' | 'id'> & { readonly type: string }
  readonly changed_at: string
  readonly superseded_at: string | null
  readonly event_id: string
}

interface ToldRow {
  readonly ord: number
  readonly event_id: string
  readonly type: string
  readonly external_id: string
  readonly data: JsonObject
  readonly time: string
  readonly created_at: string
}

type Seen = IncomingEvent & { readonly sighting: Sighting }

/**
 * Finds, among events whose keys are new, those that tell what another way brought already: a read that finds what a delivery said, a
 * delivery that comes after the read which found it missing. Returned as known keys, by key. Holds the things until the end of the
 * transaction, so that of a delivery and a read at the same time one sees the other.
 */
export async function findSightings(
  client: pg.ClientBase,
  plan: IntakePlan,
  known: ReadonlyMap<string, KnownKey>,
): Promise<ReadonlyMap<string, KnownKey>> {
  const seen = [...plan.firsts].filter(
    (entry): entry is [string, Seen] => entry[1].sighting !== undefined && !known.has(entry[0]),
  )
  if (seen.length === 0) return new Map()
  const sources = seen.map(([, { event, sighting }]) => ({
    ...placeOfEvent(event),
    reads: sighting.by === 'read',
  }))
  await run(client, sql.lockSources, [jsonText(sources)])
  const places = new Map(seen.flatMap(([, one]) => placesOf(one).map((place) => [placeText(place), place])))
  const inOrder = [...places].toSorted(([one], [other]) => (one < other ? -1 : 1)).map(([, place]) => place)
  const held = await run<HeldRow>(client, sql.heldSightings, [jsonText(inOrder)])
  const turn = new SightingTurn(held, await toldByKey(client, seen))
  for (const [key, incoming] of seen) turn.look(key, incoming)
  const { put, drop } = turn
  if (put.size > 0) await run(client, sql.putSightings, [jsonText([...put.values()]), sightingHorizonMs])
  if (drop.length > 0) await run(client, sql.dropSightings, [jsonText(drop)])
  if (turn.known.size > 0) {
    const keys = seen.flatMap(([key, { event }]) => {
      const event_id = turn.known.get(key)?.eventId
      if (event_id === undefined) return []
      const stays = !turn.unchanged.has(key)
      return [{ ...placeOfEvent(event), external_id: event.externalId, event_id, stays }]
    })
    await run(client, sql.repoint, [jsonText(keys)])
  }
  return turn.known
}

/** What was told of a thing, by a row of the log or by an event of the same batch. */
interface Told {
  readonly eventId: string
  readonly type: string
  readonly isRead: boolean
  readonly fields: JsonObject
  readonly time: string
}

async function toldByKey(
  client: pg.ClientBase,
  seen: readonly (readonly [string, Seen])[],
): Promise<ReadonlyMap<string, readonly Told[]>> {
  const reads = seen.filter(([, { sighting }]) => sighting.by === 'read')
  if (reads.length === 0) return new Map()
  // Once for all that is read of an entity.
  const asked = new Map<string, { since: string; readonly reads: (readonly [string, Seen])[] }>()
  for (const read of reads) {
    const [, { event, sighting }] = read
    const since = toldSince(sighting)
    const name = `${entityText(event)} ${sighting.types.join()}`
    const one = asked.get(name) ?? { since, reads: [] }
    asked.set(name, { since: since < one.since ? since : one.since, reads: [...one.reads, read] })
  }
  const all = [...asked.values()]
  const rows = await run<ToldRow>(client, sql.toldOf, [
    jsonText(
      all.map(({ since, reads: [first] }, ord) => {
        const [, { event, sighting }] = first as [string, Seen]
        const entity_key = entityKey(event.workspace, event.subject)
        return { ord, ...placeOfEvent(event), entity_key, types: sighting.types, since }
      }),
    ),
  ])
  const byOrd = Map.groupBy(rows, ({ ord }) => ord)
  return new Map(
    all.flatMap((one, ord) =>
      one.reads.map(([key, { sighting }]) => {
        const sinceMs = Date.parse(toldSince(sighting))
        const told = (byOrd.get(ord) ?? []).filter(({ created_at: at }) => Date.parse(at) >= sinceMs)
        return [
          key,
          told.map((row) => toldBy(sighting, { ...row, id: row.event_id, externalId: row.external_id })),
        ] as const
      }),
    ),
  )
}

function toldBy(
  { fields }: Sighting,
  { id, type, externalId, data, time }: Pick<NxEvent, 'id' | 'type' | 'externalId' | 'data' | 'time'>,
): Told {
  const isRead = externalId.startsWith(readKeyPrefix)
  return { eventId: id, type, isRead, fields: seenFields(data, Object.keys(fields)), time }
}

function toldSince({ at }: Sighting): string {
  return new Date(Date.parse(at) - sightingSkewMs).toISOString()
}

/** Goes through the events of a batch in their order. */
class SightingTurn {
  readonly known = new Map<string, KnownKey>()
  /** Keys of reads that found the thing as it was told before it changed. What comes late may tell of what it was meanwhile. */
  readonly unchanged = new Set<string>()
  /** Rows that are new or changed, by place and event. */
  readonly put = new Map<string, HeldRow>()
  readonly drop: HeldRow[] = []
  readonly #held = new Map<string, HeldRow[]>()
  readonly #told: ReadonlyMap<string, readonly Told[]>
  /** What earlier events of the batch tell, by entity and source. */
  readonly #here = new Map<string, NxEvent[]>()

  constructor(held: readonly HeldRow[], told: ReadonlyMap<string, readonly Told[]>) {
    const inTime = held.toSorted((one, other) => Date.parse(one.changed_at) - Date.parse(other.changed_at))
    for (const row of inTime) this.#held.set(placeText(row), [...(this.#held.get(placeText(row)) ?? []), row])
    this.#told = told
  }

  look(key: string, incoming: Seen): void {
    const { event, digest, sighting } = incoming
    const holder = sighting.by === 'read' ? this.#toldBefore(key, incoming) : this.#readBefore(incoming)
    if (holder !== null) {
      // Its own digest: for what is known by what it says, other words are no conflict.
      this.known.set(key, { eventId: holder, digest })
      return
    }
    this.#here.set(entityText(event), [...(this.#here.get(entityText(event)) ?? []), event])
    for (const place of placesOf(incoming)) this.#supersede(placeText(place), sighting)
    if (sighting.by === 'delivery') return
    const { fields, identifies, id, at } = sighting
    for (const place of placesOf(incoming)) {
      const { type } = event
      const said = { sighting: { type, fields, identifies, id }, changed_at: at, superseded_at: null }
      this.#put({ ...place, ...said, event_id: event.id })
    }
  }

  /** The delivery, or the earlier read, that said what this read found; null: nothing did. */
  #toldBefore(key: string, { event, sighting }: Seen): string | null {
    const here = (this.#here.get(entityText(event)) ?? [])
      .filter(({ type }) => sighting.types.includes(type))
      .map((earlier) => toldBy(sighting, earlier))
    const beganMs = Date.parse(sighting.at) - sightingGraceMs
    // A read of another kind holds what came later too, but counts as of its own moment.
    const counts = ({ isRead, type, time }: Told): boolean =>
      !isRead || type === event.type || Date.parse(time) >= beganMs
    const same = [...here.toReversed(), ...(this.#told.get(key) ?? [])].filter(
      (told) => counts(told) && isSameThing(sighting, told.fields),
    )
    // The last by the vendor's time: what is sent late does not hide what came after it.
    const [last] = same.toSorted((one, other) => Date.parse(other.time) - Date.parse(one.time))
    if (last === undefined || !isSameChange(sighting, last.fields)) return null
    if (sighting.id === null && Date.parse(last.time) < beganMs) this.unchanged.add(key)
    return last.eventId
  }

  /**
   * The read that found what this delivery says; null: none did. It counts for one delivery. One of another type tells more than the
   * read did: rules wait for it.
   */
  #readBefore(incoming: Seen): string | null {
    const { fields, at } = incoming.sighting
    const rows = placesOf(incoming).flatMap((place) => this.#held.get(placeText(place)) ?? [])
    const found = rows.find(
      ({ sighting, changed_at: changedAt, superseded_at: until }) =>
        sighting.type === incoming.event.type &&
        isSameChange(sighting, fields) &&
        (sighting.id !== null || Date.parse(at) <= Date.parse(changedAt) + sightingLateMs) &&
        (until === null || Date.parse(at) <= Date.parse(until) + sightingGraceMs),
    )
    if (found === undefined) return null
    if (found.sighting.id === null && Date.parse(at) > Date.parse(found.changed_at) + sightingGraceMs)
      this.#keepForEarlier(found, at)
    else this.#used(found)
    return found.event_id
  }

  /** A read counts for one delivery. */
  #used({ event_id: used }: HeldRow): void {
    for (const [place, all] of this.#held) {
      this.drop.push(...all.filter(({ event_id }) => event_id === used))
      this.#held.set(
        place,
        all.filter(({ event_id }) => event_id !== used),
      )
    }
    for (const [row, { event_id }] of this.put) if (event_id === used) this.put.delete(row)
  }

  /** A delivery that was sent a while after the change may be of a change there and back: the one that was sent before it is no news then. */
  #keepForEarlier({ event_id: used }: HeldRow, at: string): void {
    const until = new Date(Date.parse(at) - sightingGraceMs - 1).toISOString()
    const rows = [...this.#held.values()].flat().filter(({ event_id }) => event_id === used)
    for (const row of rows) this.#put({ ...row, superseded_at: until })
  }

  /** Something else is told of the thing: what says the same as before after this is a change back. */
  #supersede(place: string, { fields, at }: Sighting): void {
    for (const row of this.#held.get(place) ?? []) {
      const { changed_at: changedAt, superseded_at: until } = row
      const isLater = Date.parse(at) > Date.parse(changedAt)
      if (!isLater || isSameChange(row.sighting, fields)) continue
      if (until === null || Date.parse(at) < Date.parse(until)) this.#put({ ...row, superseded_at: at })
    }
  }

  #put(row: HeldRow): void {
    const place = placeText(row)
    const others = (this.#held.get(place) ?? []).filter(({ event_id }) => event_id !== row.event_id)
    this.#held.set(place, [...others, row])
    this.put.set(`${place} ${row.event_id}`, row)
  }
}

function entityText(event: NxEvent): string {
  return `${placeText(placeOfEvent(event))} ${entityKey(event.workspace, event.subject)}`
}

function placesOf({ event, sighting }: Seen) {
  return sighting.objects.map((object) => ({ ...placeOfEvent(event), object }))
}

function placeOfEvent({ tenantId, source }: IncomingEvent['event']) {
  return { tenant_id: tenantId, source }
}

function placeText(place: {
  readonly tenant_id: string
  readonly source: string
  readonly object?: string
}): string {
  return JSON.stringify([place.tenant_id, place.source, place.object ?? ''])
}
