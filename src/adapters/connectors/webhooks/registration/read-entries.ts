import type { JsonObject, JsonPrimitive, JsonValue } from '../../../../kernel/json.ts'
import { isJsonObject, readPath } from '../../../../kernel/json.ts'
import type { RegistrationByApi } from './webhook-registration.ts'

/** What a vendor has of addresses to send to, as far as it concerns this integration. */
export interface RegisteredEntry {
  /** '' when entries have none. */
  readonly id: string
  /** By their paths; those that are empty are left out. */
  readonly addresses: Readonly<Record<string, string>>
  /** ours: it sends to our address, and to no other; other: to another one too; none: to nobody. */
  readonly state: 'ours' | 'other' | 'none'
  /** What is not as it must be, for people. Of entries of ours. */
  readonly differences: readonly string[]
  /** Why the vendor passes over the address; null: it does not. */
  readonly overruled: string | null
  /** RFC 3339; null: the vendor does not say. */
  readonly createdAt: string | null
}

/** What the answer to `list` tells. null: it holds no list where one must be, or there are entries that it does not hold. */
export function readEntries(
  { items, more, entry }: RegistrationByApi,
  answer: JsonValue,
  connection: JsonObject,
  address: string,
): readonly RegisteredEntry[] | null {
  if (!isJsonObject(answer) || (more !== undefined && isGiven(readPath(answer, more)))) return null
  const list = readPath(answer, items)
  if (!Array.isArray(list)) return null
  return (list as readonly JsonValue[])
    .filter(isJsonObject)
    .filter((item) =>
      Object.entries(entry.match ?? {}).every(([path, field]) => {
        const wanted = connection[field]
        return wanted !== undefined && readPath(item, path) === wanted
      }),
    )
    .map((item) => readEntry(entry, item, address))
}

function isGiven(value: JsonValue | undefined): boolean {
  return value !== undefined && value !== null && value !== false && value !== ''
}

function readEntry(entry: RegistrationByApi['entry'], item: JsonObject, address: string): RegisteredEntry {
  const said = Object.fromEntries(
    entry.addresses.flatMap((path) => {
      const text = textAt(item, path)
      return text === '' ? [] : [[path, text] as const]
    }),
  )
  const [first = ''] = entry.addresses
  const isUnset = Object.keys(said).length === 0 && entry.unset !== undefined
  const addresses: Readonly<Record<string, string>> = isUnset ? { [first]: entry.unset } : said
  const held = Object.values(addresses)
  const state = held.some((one) => one !== address) ? 'other' : held.length === 0 ? 'none' : 'ours'
  const unset = entry.addresses.filter((path) => addresses[path] === undefined)
  const overruled = entry.overruled !== undefined && textAt(item, entry.overruled.path) !== ''
  const createdAt = entry.createdAt === undefined ? '' : textAt(item, entry.createdAt)
  const time = Date.parse(createdAt)
  return {
    id: entry.id === undefined ? '' : textAt(item, entry.id),
    addresses,
    state,
    differences:
      state === 'none'
        ? []
        : [...unset.map((path) => `${path} is not set`), ...differences(entry.wants ?? {}, item)],
    overruled: overruled ? (entry.overruled?.says ?? null) : null,
    createdAt: Number.isNaN(time) ? null : new Date(time).toISOString(),
  }
}

function differences(
  wants: NonNullable<RegistrationByApi['entry']['wants']>,
  item: JsonObject,
): readonly string[] {
  return Object.entries(wants).flatMap(([path, wanted]) => {
    const actual = readPath(item, path)
    if (Array.isArray(wanted)) {
      const held = Array.isArray(actual) ? (actual as readonly JsonValue[]) : []
      const missing = (wanted as readonly JsonPrimitive[]).filter((one) => !held.includes(one))
      return missing.length === 0 ? [] : [`${path} lacks ${missing.join(', ')}`]
    }
    return actual === wanted
      ? []
      : [`${path} is ${JSON.stringify(actual ?? null)}, and must be ${JSON.stringify(wanted)}`]
  })
}

function textAt(item: JsonObject, path: string): string {
  const value = readPath(item, path)
  return typeof value === 'string' ? value.trim() : typeof value === 'number' ? String(value) : ''
}
