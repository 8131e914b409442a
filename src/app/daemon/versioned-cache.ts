/**
 * Values that hold as long as a version does. Asked again after the version moved, the value is made anew; while that runs,
 * everyone who asks shares the one attempt. A failed attempt is forgotten, so that the next one may succeed. The least
 * recently used entries beyond `entriesMax` are dropped.
 */
export class VersionedCache<T> {
  readonly #entries = new Map<string, { version: string; value: Promise<T> }>()
  readonly #entriesMax: number

  constructor(entriesMax: number) {
    this.#entriesMax = entriesMax
  }

  /** `make` gets the value that was held before, so that it can keep what did not change. */
  async get(key: string, version: string, make: (before: T | null) => Promise<T>): Promise<T> {
    const entry = this.#entries.get(key)
    if (entry !== undefined && entry.version === version) {
      this.#entries.delete(key)
      this.#entries.set(key, entry)
      return await entry.value
    }
    const value = this.#make(entry?.value ?? null, make)
    const fresh = { version, value }
    this.#entries.delete(key)
    this.#entries.set(key, fresh)
    value.catch(() => {
      if (this.#entries.get(key) === fresh) this.#entries.delete(key)
    })
    this.#evict()
    return await value
  }

  async #make(before: Promise<T> | null, make: (before: T | null) => Promise<T>): Promise<T> {
    const held = before === null ? null : await before.catch(() => null)
    return await make(held)
  }

  #evict(): void {
    for (const key of this.#entries.keys()) {
      if (this.#entries.size <= this.#entriesMax) return
      this.#entries.delete(key)
    }
  }
}
