export type JsonPrimitive = string | number | boolean | null
export type JsonValue = JsonPrimitive | readonly JsonValue[] | JsonObject
export interface JsonObject {
  readonly [key: string]: JsonValue | undefined
}

/** Is it a plain JSON object (not an array, not null)? */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/**
 * One text per value: keys sorted, no white space, `undefined` members left out. Two values that are equal as JSON have the
 * same canonical text, so its digest can stand for the value. Numbers print as ECMAScript prints them (RFC 8785).
 */
export function canonicalJson(value: JsonValue | undefined): string {
  if (value === undefined) return 'null'
  if (value === null || typeof value !== 'object') return JSON.stringify(value)
  if (isJsonArray(value)) return `[${value.map((item) => canonicalJson(item)).join(',')}]`
  const members = Object.keys(value)
    .filter((key) => value[key] !== undefined)
    .sort()
    .map((key) => `${JSON.stringify(key)}:${canonicalJson(value[key])}`)
  return `{${members.join(',')}}`
}

function isJsonArray(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value)
}

/** Reads `a.b.c` from nested objects, own properties only; undefined when any part is missing. */
export function readPath(root: JsonValue | undefined, path: string): JsonValue | undefined {
  if (!path.includes('.')) return isJsonObject(root) && Object.hasOwn(root, path) ? root[path] : undefined
  let current: JsonValue | undefined = root
  for (const key of path.split('.')) {
    if (!isJsonObject(current) || !Object.hasOwn(current, key)) return undefined
    current = current[key]
  }
  return current
}

/** A copy of `root` in which `a.b.c` is `value`; objects on the way are copied or made. */
export function withPath(root: JsonObject, path: string, value: JsonValue): JsonObject {
  if (!path.includes('.')) return { ...root, [path]: value }
  const [head, ...rest] = path.split('.') as [string, ...string[]]
  const inner = Object.hasOwn(root, head) ? root[head] : undefined
  return { ...root, [head]: withPath(isJsonObject(inner) ? inner : {}, rest.join('.'), value) }
}
