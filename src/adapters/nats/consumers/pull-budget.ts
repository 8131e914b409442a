/** A consumer's part of the budget, in whole parts. */
export interface PullPart {
  /** What it may hold and have asked for, bytes. */
  readonly bytesMax: number
  /** Messages came, or were asked for (`bytes` more); they were settled, or will not come (fewer). */
  count(bytes: number): void
}

export interface PullBudgetOptions {
  /** What all consumers together may hold and have asked for, bytes. */
  readonly bytesMax: number
  /** The largest message that the server takes, bytes. */
  readonly messageBytesMax: number
  /** Into how many parts the budget is divided. */
  readonly parts: number
}

/** What a message has beside its body: subject, reply and headers, bytes. */
const envelopeBytes = 16 * 1024

/**
 * The memory for messages that were delivered and are not settled: one for all consumers of a process. Each has its part, which
 * its requests never exceed; what is larger than a part comes alone, one such message of all consumers at a time.
 */
export class PullBudget {
  /** As asked for, but never less than twice the largest message. */
  readonly bytesMax: number
  /** The most that was ever counted, bytes. */
  peakBytes = 0
  readonly #largeBytes: number
  readonly #partBytes: number
  #counted = 0
  /** Who holds the room for a large message, and who waits for it. */
  readonly #large: Array<() => void> = []

  constructor({ bytesMax, messageBytesMax, parts }: PullBudgetOptions) {
    this.#largeBytes = Math.max(Math.floor(bytesMax / 8), messageBytesMax + envelopeBytes)
    this.bytesMax = Math.max(bytesMax, 2 * this.#largeBytes)
    this.#partBytes = Math.floor((this.bytesMax - this.#largeBytes) / parts)
  }

  /** What is held and asked for now, bytes. */
  get countedBytes(): number {
    return this.#counted
  }

  part(parts: number): PullPart {
    return { bytesMax: parts * this.#partBytes, count: (bytes) => this.#count(bytes) }
  }

  /**
   * Calls `go` when the room for a large message is free: at once, or after those who asked before. Returns what gives the room
   * back, or leaves the queue; calling it again does nothing.
   */
  takeLarge(go: () => void): () => void {
    let isOver = false
    const turn = (): void => {
      this.#count(this.#largeBytes)
      go()
    }
    this.#large.push(turn)
    if (this.#large.length === 1) turn()
    return () => {
      if (isOver) return
      isOver = true
      const place = this.#large.indexOf(turn)
      this.#large.splice(place, 1)
      if (place > 0) return
      this.#count(-this.#largeBytes)
      this.#large[0]?.()
    }
  }

  #count(bytes: number): void {
    this.#counted += bytes
    this.peakBytes = Math.max(this.peakBytes, this.#counted)
  }
}
