import { isJsonObject } from './json.ts'
import type { JsonValue } from './json.ts'

/** Are two values equal as JSON? The order of members makes no difference; `undefined` members count as absent. */
export function jsonEqual(a: JsonValue | undefined, b: JsonValue | undefined): boolean {
  if (a === b) return true
  if (Array.isArray(a) && Array.isArray(b)) {
    const [left, right] = [a as readonly JsonValue[], b as readonly JsonValue[]]
    return left.length === right.length && left.every((item, index) => jsonEqual(item, right[index]))
  }
  if (!isJsonObject(a) || !isJsonObject(b)) return false
  const keys = Object.keys(a).filter((key) => a[key] !== undefined)
  const count = Object.keys(b).filter((key) => b[key] !== undefined).length
  return keys.length === count && keys.every((key) => Object.hasOwn(b, key) && jsonEqual(a[key], b[key]))
}
