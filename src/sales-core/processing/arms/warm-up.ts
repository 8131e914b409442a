/** The first decisions of a configuration also measure the compiler. */
const coldDecisions = 30

/**
 * How often a candidate has decided each type of event on this daemon: what it takes is compared with its baseline, which has long
 * been warm, only after the first few. Bounded: what was seen longest ago starts anew.
 */
export class WarmUp {
  readonly #seen = new Map<string, number>()
  readonly #keysMax: number

  constructor(keysMax = 2_000) {
    this.#keysMax = keysMax
  }

  /** Counts a decision. Was it one that may be timed? */
  isWarm(candidateDigest: string, tenantId: string, eventType: string): boolean {
    const key = `${candidateDigest} ${tenantId} ${eventType}`
    const seen = this.#seen.get(key) ?? 0
    if (seen >= coldDecisions) return true
    this.#seen.delete(key)
    this.#seen.set(key, seen + 1)
    const [oldest] = this.#seen.keys()
    if (this.#seen.size > this.#keysMax && oldest !== undefined) this.#seen.delete(oldest)
    return false
  }
}
