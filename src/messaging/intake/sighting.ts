import { isJsonObject } from '../../kernel/json.ts'
import type { JsonObject, JsonValue } from '../../kernel/json.ts'

/**
 * What an event says of a thing that is told of twice, by a delivery and by a read later, where the delivery does not say when the
 * thing changed: then both are the same change when they say the same of it.
 */
export interface Sighting {
  readonly by: 'delivery' | 'read'
  /** The thing, unique within the event's source: `contact/8f2`. A delivery has one name for it, a read all that deliveries may have. */
  readonly objects: readonly string[]
  /** Types of events that tell of it. */
  readonly types: readonly string[]
  /** What is compared, as `seenFields` makes it. */
  readonly fields: JsonObject
  /** Which of `fields` two events must have in common to be about the same thing at all, beside their entity. */
  readonly identifies: readonly string[]
  /** The one of `fields` that is the thing's own id: where both have it, it alone decides. */
  readonly id: string | null
  /** When it changed, or the delivery was sent. RFC 3339, UTC. */
  readonly at: string
}

/** What the key of an event that was read begins with. */
export const readKeyPrefix = 'poll:'

/** How far the vendor's clock and ours may be apart, milliseconds. */
export const sightingSkewMs = 600_000
/** How much later than the change itself a delivery may say that it was sent, milliseconds. */
export const sightingGraceMs = 2_000
/**
 * How long after a change a delivery without an id may still be the one of that change, milliseconds: later ones that say the same tell
 * of something that is not compared. Vendors that send again do so within an hour or so.
 */
export const sightingLateMs = 7_200_000
/** For how long a delivery may come after the read that was faster, milliseconds. */
export const sightingHorizonMs = 86_400_000

/** The members that are compared, those that are there, without what vendors write differently from place to place. */
export function seenFields(data: JsonObject, names: readonly string[]): JsonObject {
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = Object.hasOwn(data, name) ? data[name] : undefined
      return value === undefined ? [] : [[name, plain(value)]]
    }),
  )
}

/** Does what a read found say the same as this? What the read does not show is not compared; nothing and empty are the same. */
export function saysTheSame(read: JsonObject, other: JsonObject): boolean {
  return Object.entries(read).every(
    ([name, value]) => text(value) === text(Object.hasOwn(other, name) ? other[name] : undefined),
  )
}

/** Are both about the same thing? */
export function isSameThing(
  read: Pick<Sighting, 'fields' | 'identifies' | 'id'>,
  other: JsonObject,
): boolean {
  const ids = idsOf(read, other)
  return ids === null ? saysTheSame(only(read.fields, read.identifies), other) : ids
}

/** Do both tell of the same change of the same thing? */
export function isSameChange(
  read: Pick<Sighting, 'fields' | 'identifies' | 'id'>,
  other: JsonObject,
): boolean {
  const { [read.id ?? '']: _id, ...rest } = read.fields
  return idsOf(read, other) ?? saysTheSame(rest, other)
}

function idsOf({ fields, id }: Pick<Sighting, 'fields' | 'id'>, other: JsonObject): boolean | null {
  const [one, two] = id === null ? [] : [fields[id] ?? null, other[id] ?? null]
  return one == null || two == null ? null : text(one) === text(two)
}

function only(fields: JsonObject, names: readonly string[]): JsonObject {
  return Object.fromEntries(names.map((name) => [name, fields[name] ?? null]))
}

function text(value: JsonValue | undefined): string {
  return JSON.stringify(value ?? null)
}

/** Case, spaces, the order of lists, zones of moments and what is empty, or a switch that is off, say nothing. */
function plain(value: JsonValue): JsonValue {
  if (value === null || value === false) return null
  if (typeof value === 'string') {
    const trimmed = value.trim()
    if (/^\d{4}-\d{2}-\d{2}T[\d:.]+(?:Z|[+-]\d{2}:?\d{2})$/.test(trimmed)) {
      const ms = Date.parse(trimmed)
      if (!Number.isNaN(ms)) return new Date(ms).toISOString()
    }
    return trimmed === '' ? null : trimmed.toLowerCase()
  }
  if (typeof value !== 'object') return String(value)
  if (!isJsonObject(value)) {
    const items = value.map(plain).filter((item) => item !== null)
    return items.length === 0 ? null : items.toSorted((one, other) => (text(one) < text(other) ? -1 : 1))
  }
  const members = Object.entries(value).flatMap(([name, inner]): [string, JsonValue][] => {
    const one = inner === undefined ? null : plain(inner)
    return one === null ? [] : [[name, one]]
  })
  members.sort(([one], [other]) => (one < other ? -1 : 1))
  return members.length === 0 ? null : Object.fromEntries(members)
}
