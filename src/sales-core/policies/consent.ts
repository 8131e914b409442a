import type { JsonObject, JsonValue } from '../../kernel/json.ts'
import { isJsonObject, readPath } from '../../kernel/json.ts'

/** The record that a message relied on: where it stands and what it says. */
export interface ConsentRecord {
  readonly purpose: string
  readonly channel: string
  readonly field: string
  readonly value: JsonValue
}

/**
 * The contact's consent to a purpose over a channel; null when there is none, which includes unknown. It may stand at
 * `consent.<channel>`, `consent.<channel>.<purpose>` or `consent.<purpose>.<channel>`, as true or as a record with
 * `granted: true`. A refusal anywhere on the way (false, `granted: false`, `revoked_at`) outweighs it.
 */
export function consentTo(fields: JsonObject, purpose: string, channel: string): ConsentRecord | null {
  const places = [`consent.${channel}.${purpose}`, `consent.${purpose}.${channel}`, `consent.${channel}`]
  const values = places.map((field) => ({ field, value: readPath(fields, field) }))
  const above = readPath(fields, `consent.${purpose}`)
  if (refuses(above) || values.some(({ value }) => refuses(value))) return null
  const found = values.find(({ value }) => grants(value))
  return found?.value === undefined ? null : { purpose, channel, field: found.field, value: found.value }
}

function grants(value: JsonValue | undefined): boolean {
  return value === true || (isJsonObject(value) && value['granted'] === true)
}

function refuses(value: JsonValue | undefined): boolean {
  if (value === false) return true
  if (!isJsonObject(value)) return false
  const revoked = value['revoked_at']
  return value['granted'] === false || (revoked !== undefined && revoked !== null)
}
