import type { PullBudget, PullPart } from './pull-budget.ts'

/** What to ask the server for. `bytes` null: one message, whatever its size. */
export interface PullRequest {
  readonly messages: number
  readonly bytes: number | null
}

const fading = 0.9

/** What a consumer may still ask for: messages up to `prefetchMax`, and bytes up to its part of the budget. */
export class PullRoom {
  /** Names the open requests; what is said of earlier ones means nothing any more. */
  series = 0
  readonly #prefetchMax: number
  readonly #budget: PullBudget
  readonly #part: PullPart
  readonly #onRoom: () => void
  #requested = 0
  #requestedBytes = 0
  #heldBytes = 0
  /** So much was too little for the next message. */
  #refusedBytes = 0
  /** What the next message may well take: the largest of the last ones, fading. */
  #expectedBytes = 0
  /** A message that is larger than our part: it waits for its turn, may be asked for, was asked for. */
  #large: 'none' | 'waiting' | 'granted' | 'asked' = 'none'
  #giveBack: () => void = () => {}

  /** `onRoom`: what could not be asked for before can be now. */
  constructor(
    spec: { readonly prefetchMax: number; readonly budgetParts: number },
    budget: PullBudget,
    onRoom: () => void,
  ) {
    this.#prefetchMax = spec.prefetchMax
    this.#budget = budget
    this.#part = budget.part(spec.budgetParts)
    this.#onRoom = onRoom
  }

  get isAsking(): boolean {
    return this.#requested > 0
  }

  /** The next request, counted as open; null: not now. `unsettled`: messages in our hands. */
  ask(unsettled: number): PullRequest | null {
    if (this.#large !== 'none') return this.#askLarge()
    const messages = this.#prefetchMax - unsettled - this.#requested
    if (messages <= 0 || (this.#requested > 0 && messages < this.#prefetchMax / 2)) return null
    const { bytesMax } = this.#part
    const bytes = bytesMax - this.#heldBytes - this.#requestedBytes
    if (this.#refusedBytes >= bytesMax && bytes === bytesMax) return this.#waitForLarge()
    // A request that ends on a message that does not fit has the server read that message for nothing, from its disk.
    const fitting = Math.floor(bytes / Math.max(1, this.#expectedBytes))
    if (bytes < bytesMax / 4 || bytes <= this.#refusedBytes || fitting === 0) return null
    const request = { messages: Math.min(messages, fitting), bytes }
    this.#requested += request.messages
    this.#requestedBytes += bytes
    this.#part.count(bytes)
    return request
  }

  /** A message of this size came. Returns what to call when it is settled. */
  receive(bytes: number): () => void {
    this.#refusedBytes = 0
    if (this.#large === 'asked') {
      const giveBack = this.#giveBack
      this.#large = 'none'
      this.#endAll()
      return giveBack
    }
    this.#expectedBytes = Math.min(this.#part.bytesMax, Math.max(bytes, this.#expectedBytes * fading))
    this.#heldBytes += bytes
    this.#part.count(bytes)
    this.#lessRequested(1, bytes)
    return () => {
      this.#heldBytes -= bytes
      this.#part.count(-bytes)
    }
  }

  /** A request ended with so much of it left; null: unknown, then none is open. */
  end(left: { readonly messages: number | null; readonly bytes: number | null }, isTooLarge: boolean): void {
    if (this.#large === 'asked') return this.forgetRequests()
    if (isTooLarge) this.#refusedBytes = left.bytes ?? this.#requestedBytes
    this.#lessRequested(left.messages ?? this.#requested, left.bytes ?? this.#requestedBytes)
  }

  /** Nothing is asked for any more. */
  forgetRequests(): void {
    this.#endAll()
    this.#refusedBytes = 0
    if (this.#large === 'none') return
    this.#large = 'none'
    this.#giveBack()
  }

  #waitForLarge(): null {
    this.#large = 'waiting'
    this.#giveBack = this.#budget.takeLarge(() => {
      this.#large = 'granted'
      this.#onRoom()
    })
    return null
  }

  #askLarge(): PullRequest | null {
    if (this.#large !== 'granted') return null
    this.#large = 'asked'
    this.#requested = 1
    return { messages: 1, bytes: null }
  }

  #lessRequested(messages: number, bytes: number): void {
    this.#requested = Math.max(0, this.#requested - messages)
    const less = Math.min(bytes, this.#requestedBytes)
    this.#requestedBytes -= less
    this.#part.count(-less)
    if (this.#requested === 0) this.#endAll()
  }

  #endAll(): void {
    this.#requested = 0
    this.#part.count(-this.#requestedBytes)
    this.#requestedBytes = 0
    this.series += 1
  }
}
