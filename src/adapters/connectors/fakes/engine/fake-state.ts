import type { JsonObject, JsonValue } from '../../../../kernel/json.ts'

const recordsMax = 1_000
const shelvesMax = 500

/** What a fake vendor remembers: records by shelf and id, the newest last. The oldest give way. */
export class FakeState {
  readonly #shelves = new Map<string, Map<string, JsonObject>>()

  /** Changes the record of that id, or makes it. */
  put(
    shelf: string,
    id: string,
    members: JsonObject,
    grows: readonly string[],
  ): { readonly record: JsonObject; readonly created: boolean } {
    const records = this.#shelf(shelf)
    const before = records.get(id)
    const grown = grows.map((name): [string, JsonValue] => [
      name,
      [...new Set([...listOf(before?.[name]), ...listOf(members[name])])],
    ])
    const record: JsonObject = { ...before, ...members, ...Object.fromEntries(grown), id }
    records.delete(id)
    records.set(id, record)
    if (records.size > recordsMax) dropFirst(records)
    return { record, created: before === undefined }
  }

  /** The id of the newest record with an equal member of these; null when there is none. */
  same(shelf: string, members: JsonObject, names: readonly string[]): string | null {
    const wanted = names.filter((name) => typeof members[name] === 'string' && members[name] !== '')
    const found = this.#newest(shelf).find((record) => wanted.some((name) => record[name] === members[name]))
    return typeof found?.['id'] === 'string' ? found['id'] : null
  }

  /** The newest first. What is undefined is not asked for. */
  all(shelf: string, by: JsonObject): readonly JsonObject[] {
    const asked = Object.entries(by).filter(([, value]) => value !== undefined)
    return this.#newest(shelf).filter((record) => asked.every(([name, value]) => record[name] === value))
  }

  #newest(shelf: string): readonly JsonObject[] {
    return [...(this.#shelves.get(shelf)?.values() ?? [])].toReversed()
  }

  #shelf(name: string): Map<string, JsonObject> {
    const held = this.#shelves.get(name)
    if (held !== undefined) return held
    const made = new Map<string, JsonObject>()
    this.#shelves.set(name, made)
    if (this.#shelves.size > shelvesMax) dropFirst(this.#shelves)
    return made
  }
}

/** Forgets the oldest. */
export function dropFirst(map: Map<string, unknown>): void {
  const [first] = map.keys()
  if (first !== undefined) map.delete(first)
}

function listOf(value: JsonValue | undefined): readonly JsonValue[] {
  return Array.isArray(value) ? (value as readonly JsonValue[]) : []
}
