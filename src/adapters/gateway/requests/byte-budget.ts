/** How many bytes may be held at once by all, counted by who holds them. */
export class ByteBudget<Holder extends object> {
  readonly bytesMax: number
  readonly #held = new WeakMap<Holder, number>()
  #total = 0

  constructor(bytesMax: number) {
    this.bytesMax = bytesMax
  }

  get total(): number {
    return this.#total
  }

  /** false when so many more do not fit; nothing is counted then. */
  take(holder: Holder, bytes: number): boolean {
    if (this.#total + bytes > this.bytesMax) return false
    this.#held.set(holder, (this.#held.get(holder) ?? 0) + bytes)
    this.#total += bytes
    return true
  }

  /** Gives back all that this one holds. */
  release(holder: Holder): void {
    this.#total -= this.#held.get(holder) ?? 0
    this.#held.delete(holder)
  }
}
