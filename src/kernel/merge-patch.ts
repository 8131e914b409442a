import { isJsonObject } from './json.ts'
import type { JsonObject, JsonValue } from './json.ts'

/** `target` changed by a JSON Merge Patch (RFC 7396): members replace, null removes, objects merge, lists replace as a whole. */
export function mergePatch(target: JsonValue, patch: JsonValue): JsonValue {
  if (!isJsonObject(patch)) return patch
  const merged: Record<string, JsonValue | undefined> = isJsonObject(target) ? { ...target } : {}
  for (const [name, change] of Object.entries(patch)) {
    if (change === undefined) continue
    if (change === null) delete merged[name]
    else put(merged, name, mergePatch(ownMember(merged, name), change))
  }
  return merged
}

/** One member that differs; `before` or `after` is absent when only the other has it. */
export interface JsonDifference {
  /** `contact.tags`; empty for the value itself. */
  readonly path: string
  readonly before?: JsonValue
  readonly after?: JsonValue
}

/** What differs between two objects, by member; lists and plain values are compared as a whole. */
export function jsonDifferences(before: JsonObject, after: JsonObject, path = ''): readonly JsonDifference[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort()
  return names.flatMap((name): readonly JsonDifference[] => {
    const [left, right] = [before[name], after[name]]
    const here = path === '' ? name : `${path}.${name}`
    if (isJsonObject(left) && isJsonObject(right)) return jsonDifferences(left, right, here)
    if (JSON.stringify(left) === JSON.stringify(right)) return []
    return [
      {
        path: here,
        ...(left === undefined ? {} : { before: left }),
        ...(right === undefined ? {} : { after: right }),
      },
    ]
  })
}

function ownMember(object: JsonObject, name: string): JsonValue {
  return Object.hasOwn(object, name) ? (object[name] ?? null) : null
}

/** A member called `__proto__` is data like any other. */
function put(object: Record<string, JsonValue | undefined>, name: string, value: JsonValue): void {
  Object.defineProperty(object, name, { value, writable: true, enumerable: true, configurable: true })
}
