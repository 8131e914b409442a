import type { JsonValue } from '../../kernel/json.ts'
import { jsonEqual } from '../../kernel/json-equal.ts'
import type { FieldType } from './field-type.ts'

/** How the writes of several rules to one field, for one event, are put together. */
export const fieldMerges = ['first', 'max', 'min', 'sum', 'union'] as const

/** `first`: the highest rule's. `sum` adds what the rules write, `union` joins lists; neither looks at the value of before. */
export type FieldMerge = (typeof fieldMerges)[number]

/** Why a field of this type cannot be merged so, as a fix; null when it can. */
export function mergeMismatch(merge: FieldMerge, type: FieldType): string | null {
  if (merge === 'first') return null
  if (merge === 'union') return type.kind === 'list' ? null : 'union is for lists.'
  const ordered = type.kind === 'number' || type.kind === 'int'
  if (merge === 'sum') return ordered ? null : 'sum is for numbers.'
  return ordered || type.kind === 'timestamp' ? null : `${merge} is for numbers and timestamps.`
}

/** Two writes as one, `earlier` being the higher rule's. null clears a field: any value beats it. Values fit the field's type. */
export function mergeWrites(merge: FieldMerge, earlier: JsonValue, later: JsonValue): JsonValue {
  if (earlier === null || later === null) return merge === 'first' ? earlier : (earlier ?? later)
  switch (merge) {
    case 'first':
      return earlier
    case 'max':
      return isBelow(earlier, later) ? later : earlier
    case 'min':
      return isBelow(later, earlier) ? later : earlier
    case 'sum':
      return Number(earlier) + Number(later)
    case 'union':
      return union(earlier, later)
  }
}

/** Numbers by size, timestamps by the instant that they name. */
function isBelow(left: JsonValue, right: JsonValue): boolean {
  if (typeof left === 'number' && typeof right === 'number') return left < right
  return Date.parse(String(left)) < Date.parse(String(right))
}

function union(earlier: JsonValue, later: JsonValue): JsonValue {
  const list: readonly JsonValue[] = Array.isArray(earlier) ? (earlier as readonly JsonValue[]) : []
  const more: readonly JsonValue[] = Array.isArray(later) ? (later as readonly JsonValue[]) : []
  const added: JsonValue[] = []
  for (const value of more)
    if (![...list, ...added].some((known) => jsonEqual(known, value))) added.push(value)
  return [...list, ...added]
}
