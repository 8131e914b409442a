/** How long tokens that were taken ahead may be used. */
const spareMs = 200
const sparesMax = 10_000

/** Tokens that this process took from gates and has not used yet. What is not used soon is lost, never used late. */
export class TokenSpares {
  readonly #spares = new Map<string, { tokens: number; untilMs: number }>()

  /** Of one gate, now (monotonic). */
  left(key: string, nowMs: number): number {
    const spare = this.#spares.get(key)
    return spare === undefined || spare.untilMs < nowMs ? 0 : spare.tokens
  }

  /** A claim took `taken` from the gate (0: it lived on the spare) and used `used`. */
  book(key: string, taken: number, used: number, nowMs: number): void {
    const spare = this.#spares.get(key)
    if (taken === 0) {
      if (spare !== undefined) spare.tokens -= used
      return
    }
    if (this.#spares.size >= sparesMax) this.#spares.clear()
    this.#spares.set(key, { tokens: taken - used, untilMs: nowMs + spareMs })
  }

  /** The gate has changed: what was taken from it before says nothing any more. */
  drop(key: string): void {
    this.#spares.delete(key)
  }
}
