import { canonicalJson, isJsonObject } from '../../../kernel/json.ts'
import type { JsonObject, JsonValue } from '../../../kernel/json.ts'

/** One member that differs; `null` stands for one that is not there. */
export interface JsonChange extends JsonObject {
  readonly path: string
  readonly from: JsonValue
  readonly to: JsonValue
}

/** The members in which two objects differ, objects inside them member by member, by path: `input.contact.email`. */
export function jsonChanges(from: JsonObject, to: JsonObject, prefix = ''): readonly JsonChange[] {
  const keys = [...new Set([...Object.keys(from), ...Object.keys(to)])].sort()
  return keys.flatMap((key) => {
    const path = prefix === '' ? key : `${prefix}.${key}`
    const before = (Object.hasOwn(from, key) ? from[key] : undefined) ?? null
    const after = (Object.hasOwn(to, key) ? to[key] : undefined) ?? null
    if (isJsonObject(before) && isJsonObject(after)) return jsonChanges(before, after, path)
    return canonicalJson(before) === canonicalJson(after) ? [] : [{ path, from: before, to: after }]
  })
}
