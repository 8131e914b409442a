import { isJsonObject, readPath } from '../../../../kernel/json.ts'
import type { JsonObject, JsonValue } from '../../../../kernel/json.ts'
import type { SplitPart, WebhookSplit } from '../webhook-definition.ts'
import { sizeOf } from './size-of.ts'

/** One payload of a delivery. */
export interface PayloadUnit {
  readonly body: JsonValue
  /** What holds the list that it stands in; the delivery itself when it is the delivery. */
  readonly parent: JsonValue
  readonly joined: JsonValue | null
  /** The delivery with nothing but this in it: sent alone it would be split into this again. Built anew with every call. */
  readonly whole: () => JsonValue
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
/** The most that may stand beside the payloads, told again with each of them, in the measure of `sizeOf`. */
export const besideMax = 16 * 1024 * 1024

/** Takes a delivery apart. Without a split it is its own only payload. `refused`: why that would be too much, for people. */
export function splitPayload(
  payload: JsonValue,
  split: WebhookSplit | undefined,
): SplitPayload | { readonly refused: string } {
  if (split === undefined)
    return {
      units: [{ body: payload, parent: payload, joined: null, whole: () => payload, part: null }],
      misshapen: [],
    }
  const walked = walk(payload, split.path.split('.'))
  if (walked === null) return { refused: tooMany }
  const { found, missing } = walked
  const units: PayloadUnit[] = []
  let beside = missing.reduce((sum, place) => sum + place.beside, 0)
  for (const place of found) {
    const parts = unitsOf(place, split.parts ?? [])
    if (parts === null || units.length + parts.length + missing.length > unitsMax) return { refused: tooMany }
    units.push(...parts)
    beside += parts.length * (place.beside + besideParts(place, split.parts ?? []))
  }
  if (beside > besideMax) return { refused: tooMuchBeside }
  const nothing = units.length === 0 && missing.length === 0
  return { units, misshapen: nothing ? [payload] : missing.map(({ whole }) => whole()) }
}

const tooMany = `It holds more than ${unitsMax} payloads`
const tooMuchBeside = 'It holds too much beside its payloads to keep each of them on its own'

/** null: more than `unitsMax`. */
function unitsOf(place: Found, parts: readonly SplitPart[]): readonly PayloadUnit[] | null {
  const units: PayloadUnit[] = []
  for (const part of parts) {
    const walked = walk(place.value, part.path.split('.'))
    if (walked === null) return null
    for (const { value, parent, whole } of walked.found)
      units.push({
        body: value,
        parent,
        joined: joinedTo(value, parent, part),
        whole: () => place.put(alone(whole(), part, parts)),
        part,
      })
  }
  if (units.length > 0) return units
  return [{ body: place.value, parent: place.parent, joined: null, whole: place.whole, part: null }]
}

/** Without what the other parts would be found in. */
function alone(whole: JsonValue, part: SplitPart, parts: readonly SplitPart[]): JsonValue {
  return emptied(
    whole,
    parts.filter(({ path }) => path !== part.path),
  )
}

function emptied(value: JsonValue, parts: readonly SplitPart[]): JsonValue {
  return parts.reduce((rest, { path }) => without(rest, path.split('.').slice(0, -1)), value)
}

/** What stands in a place beside the parts in it. */
function besideParts({ value }: Found, parts: readonly SplitPart[]): number {
  return parts.length === 0 ? 0 : sizeOf(emptied(value, parts))
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
  readonly whole: () => JsonValue
  /** The same with another value in this place. */
  readonly put: (value: JsonValue) => JsonValue
  /** The size of what `whole` holds beside this. */
  readonly beside: number
}

/**
 * Follows a path; `*` is every item of a list. What cannot be followed is `missing`, with that branch alone. null: it leads to more than
 * `unitsMax` places.
 */
function walk(
  root: JsonValue,
  path: readonly string[],
): { found: readonly Found[]; missing: readonly Found[] } | null {
  const missing: Found[] = []
  let places: readonly Found[] = [
    { value: root, parent: root, whole: () => root, put: (value) => value, beside: 0 },
  ]
  for (const key of path) {
    const next: Found[] = []
    for (const place of places) {
      const list = key === '*' && Array.isArray(place.value) ? (place.value as readonly JsonValue[]) : null
      // Before anything is made of them.
      if (next.length + missing.length + (list?.length ?? 1) > unitsMax) return null
      const member = key === '*' ? null : memberOf(place, key)
      if (list !== null) next.push(...items(place, list))
      else if (member !== null) next.push(member)
      else missing.push(place)
    }
    places = next
  }
  return { found: places, missing }
}

function items({ parent, put, beside }: Found, list: readonly JsonValue[]): readonly Found[] {
  const only = (inner: JsonValue): JsonValue => put([inner])
  return list.map((item) => ({ value: item, parent, whole: () => only(item), put: only, beside }))
}

function memberOf({ value, put, beside }: Found, key: string): Found | null {
  if (!isJsonObject(value) || !Object.hasOwn(value, key)) return null
  const { [key]: held, ...others } = value
  if (held === undefined) return null
  const only = (inner: JsonValue): JsonValue => put({ ...value, [key]: inner } as JsonObject)
  return { value: held, parent: value, whole: () => only(held), put: only, beside: beside + sizeOf(others) }
}
