/**
 * Room for so many things at once, shared by tenants. A tenant may hold at most `weight` times what is free, so that whoever
 * floods leaves room for those who come later: alone it gets half of the room at weight 1, and less the more others hold. A
 * tenant that holds nothing may always take one thing while any room is free.
 */
export class FairRoom {
  readonly capacity: number
  readonly #held = new Map<string, number>()
  #total = 0

  constructor(capacity: number) {
    this.capacity = capacity
  }

  get total(): number {
    return this.#total
  }

  held(tenant: string): number {
    return this.#held.get(tenant) ?? 0
  }

  /** Takes room for `count` things of a tenant, at most `own` in all; false when there is none for it now. */
  take(tenant: string, count: number, weight: number, own = this.capacity): boolean {
    const held = this.held(tenant)
    const free = this.capacity - this.#total
    if (count > free) return false
    // Who holds nothing is let in whole: a batch that is larger than any share would otherwise never be.
    if (held > 0 && held + count > Math.min(own, weight * free)) return false
    this.#held.set(tenant, held + count)
    this.#total += count
    return true
  }

  release(tenant: string, count: number): void {
    const left = this.held(tenant) - count
    if (left > 0) this.#held.set(tenant, left)
    else this.#held.delete(tenant)
    this.#total -= count
  }
}
