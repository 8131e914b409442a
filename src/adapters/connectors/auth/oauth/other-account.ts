import type { JsonObject } from '../../../../kernel/json.ts'

/**
 * The field by which tokens are of another account than a connection names; null: by none. `captured`: what the vendor told with them.
 * They would send one customer's messages as another.
 */
export function otherAccountField(captured: JsonObject, connection: JsonObject): string | null {
  for (const field of Object.keys(captured)) {
    const wanted = connection[field]
    if (wanted !== undefined && String(wanted) !== String(captured[field])) return field
  }
  return null
}
