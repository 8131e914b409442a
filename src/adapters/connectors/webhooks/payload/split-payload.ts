import { isJsonObject, readPath } from '../../../../kernel/json.ts'
import type { JsonObject, JsonValue } from '../../../../kernel/json.ts'
import type { SplitPart, WebhookSplit } from '../webhook-definition.ts'

/** One payload of a delivery. */
export interface PayloadUnit {
  readonly body: JsonValue
  /** What holds the list that it stands in; the delivery itself when it is the delivery. */
  readonly parent: JsonValue
  readonly joined: JsonValue | null
  /** The delivery with nothing but this in it: sent alone it would be split into this again. */
  readonly whole: JsonValue
  /** null: the definition's own templates for type and id count. */
  readonly part: SplitPart | null
}

/** What was found, and deliveries (each with one branch only) in which it was not where it should be. */
export interface SplitPayload {
  readonly units: readonly PayloadUnit[]
  readonly misshapen: readonly JsonValue[]
}

/** The most payloads of one delivery. */
export const unitsMax = 1_000

/** Takes a delivery apart. Without a split it is its own only payload. null: there are more than `unitsMax`. */
export function splitPayload(payload: JsonValue, split: WebhookSplit | undefined): SplitPayload | null {
  if (split === undefined)
    return {
      units: [{ body: payload, parent: payload, joined: null, whole: payload, part: null }],
      misshapen: [],
    }
  const { found, missing } = walk(payload, split.path.split('.'))
  const units = found.flatMap((place) => unitsOf(place, split.parts ?? []))
  if (units.length + missing.length > unitsMax) return null
  const nothing = units.length === 0 && missing.length === 0
  return { units, misshapen: nothing ? [payload] : missing }
}

function unitsOf(place: Found, parts: readonly SplitPart[]): readonly PayloadUnit[] {
  const units = parts.flatMap((part) =>
    walk(place.value, part.path.split('.')).found.map(({ value, parent, whole }) => ({
      body: value,
      parent,
      joined: joinedTo(value, parent, part),
      whole: place.put(alone(whole, part, parts)),
      part,
    })),
  )
  if (units.length > 0) return units
  return [
    { body: place.value, parent: place.parent, joined: null, whole: place.put(place.value), part: null },
  ]
}

/** Without what the other parts would be found in. */
function alone(whole: JsonValue, part: SplitPart, parts: readonly SplitPart[]): JsonValue {
  return parts
    .filter(({ path }) => path !== part.path)
    .reduce((rest, { path }) => without(rest, path.split('.').slice(0, -1)), whole)
}

function without(value: JsonValue, [head, ...rest]: readonly string[]): JsonValue {
  if (head === undefined || !isJsonObject(value) || !Object.hasOwn(value, head)) return value
  const { [head]: held, ...others } = value
  return rest.length === 0 ? others : { ...others, [head]: without(held ?? null, rest) }
}

function joinedTo(value: JsonValue, parent: JsonValue, { join }: SplitPart): JsonValue | null {
  if (join === undefined) return null
  const wanted = readPath(value, join.equals)
  const list = readPath(parent, join.list)
  if (wanted === undefined || !Array.isArray(list)) return null
  const found = (list as readonly JsonValue[]).filter((item) => readPath(item, join.by) === wanted)
  return found.length === 1 ? (found[0] ?? null) : null
}

interface Found {
  readonly value: JsonValue
  readonly parent: JsonValue
  /** What was walked, with nothing but the way to this in its lists. */
  readonly whole: JsonValue
  /** The same with another value in this place. */
  readonly put: (value: JsonValue) => JsonValue
}

/** Follows a path; `*` is every item of a list. What cannot be followed is `missing`, as the whole with that branch alone. */
function walk(
  root: JsonValue,
  path: readonly string[],
): { found: readonly Found[]; missing: readonly JsonValue[] } {
  const missing: JsonValue[] = []
  let places: readonly Found[] = [{ value: root, parent: root, whole: root, put: (value) => value }]
  for (const key of path) {
    places = places.flatMap((place) => {
      const next = key === '*' ? items(place) : memberOf(place, key)
      if (next === null) missing.push(place.whole)
      return next ?? []
    })
  }
  return { found: places, missing }
}

function items({ value, parent, put }: Found): readonly Found[] | null {
  if (!Array.isArray(value)) return null
  return (value as readonly JsonValue[]).map((item) => {
    const only = (inner: JsonValue): JsonValue => put([inner])
    return { value: item, parent, whole: only(item), put: only }
  })
}

function memberOf({ value, put }: Found, key: string): readonly Found[] | null {
  if (!isJsonObject(value) || !Object.hasOwn(value, key)) return null
  const held = value[key]
  if (held === undefined) return null
  const only = (inner: JsonValue): JsonValue => put({ ...value, [key]: inner } as JsonObject)
  return [{ value: held, parent: value, whole: only(held), put: only }]
}
