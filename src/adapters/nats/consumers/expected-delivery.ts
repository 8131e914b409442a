/** What was stored for a consumer and has not come to it, by sequence of the stream. Times are monotonic milliseconds. */
export class ExpectedDelivery {
  #storedSeq = 0
  #heardSeq = 0
  /** Of the last progress, or of what was stored first after all had come. */
  #sinceMs = 0

  stored(seq: number, nowMs: number): void {
    if (seq <= this.#storedSeq) return
    if (!this.#isOpen) this.#sinceMs = nowMs
    this.#storedSeq = seq
  }

  heard(seq: number, nowMs: number): void {
    this.#heardSeq = Math.max(this.#heardSeq, seq)
    this.#sinceMs = nowMs
  }

  /** Has nothing come for so long although something should have? */
  isOverdue(nowMs: number, afterMs: number): boolean {
    return this.#isOpen && nowMs - this.#sinceMs > afterMs
  }

  /** It was asked for anew. */
  waitAnew(nowMs: number): void {
    this.#sinceMs = nowMs
  }

  /** Sequences mean other messages now. */
  forget(): void {
    this.#storedSeq = 0
    this.#heardSeq = 0
  }

  get #isOpen(): boolean {
    return this.#storedSeq > this.#heardSeq
  }
}
