import { NxError } from '../../kernel/errors.ts'
import type { EventIntakeStore, IntakeRequest, IntakeResult } from './event-intake.ts'
import { intakeEventsMax } from './event-intake.ts'

export interface IntakeBatcherOptions {
  readonly store: EventIntakeStore
  /** Transactions under way at once. Two: one commits while the next fills. */
  readonly writersMax?: number
  /** Events that may wait for their turn; above it requests are refused with NX-INTAKE-BUSY. */
  readonly waitingEventsMax?: number
  /** Called after every commit, so that the relay need not wait for its next poll. */
  readonly onCommit: () => void
}

interface Waiting {
  readonly request: IntakeRequest
  readonly size: number
  readonly resolve: (result: IntakeResult) => void
  readonly reject: (error: unknown) => void
}

/**
 * Group commit: requests that arrive while a transaction is under way share the next one. Under load a commit carries
 * hundreds of events; a lone request waits for nobody.
 */
export class IntakeBatcher {
  readonly counters = {
    requests: 0,
    events: 0,
    duplicates: 0,
    conflicts: 0,
    deadLetters: 0,
    commits: 0,
    refused: 0,
    failures: 0,
  }
  readonly #store: EventIntakeStore
  readonly #writersMax: number
  readonly #waitingEventsMax: number
  readonly #onCommit: () => void
  #waiting: Waiting[] = []
  #waitingEvents = 0
  #writers = 0
  #idle: Array<() => void> = []

  constructor(options: IntakeBatcherOptions) {
    this.#store = options.store
    this.#writersMax = options.writersMax ?? 2
    this.#waitingEventsMax = options.waitingEventsMax ?? 10_000
    this.#onCommit = options.onCommit
  }

  /**
   * Accepts one request, whole or not at all. Resolves after its commit.
   * Throws NX-INTAKE-BUSY (unavailable, retryable) when too much waits already, NX-INTAKE-TOO-LARGE (invalid) for more than
   * `intakeEventsMax` events, and what the store throws.
   */
  async accept(request: IntakeRequest): Promise<IntakeResult> {
    const size = request.events.length + request.deadLetters.length
    if (size > intakeEventsMax) {
      throw new NxError(
        'invalid',
        'NX-INTAKE-TOO-LARGE',
        `A request may carry ${intakeEventsMax} events; this one has ${size}`,
        {
          fix: 'Send it in several requests.',
        },
      )
    }
    if (this.#waitingEvents + size > this.#waitingEventsMax) {
      this.counters.refused += 1
      throw new NxError('unavailable', 'NX-INTAKE-BUSY', 'More events wait for the database than may wait', {
        retryable: true,
        fix: 'Send it again in a second, more slowly.',
      })
    }
    return await new Promise<IntakeResult>((resolve, reject) => {
      this.#waiting.push({ request, size, resolve, reject })
      this.#waitingEvents += size
      this.#fill()
    })
  }

  /** Resolves when nothing waits and nothing is being written. */
  async drained(): Promise<void> {
    if (this.#writers === 0 && this.#waiting.length === 0) return
    await new Promise<void>((resolve) => this.#idle.push(resolve))
  }

  #fill(): void {
    while (this.#writers < this.#writersMax && this.#waiting.length > 0) {
      this.#writers += 1
      void this.#write(this.#takeBatch()).finally(() => {
        this.#writers -= 1
        this.#fill()
        if (this.#writers === 0) for (const resolve of this.#idle.splice(0)) resolve()
      })
    }
  }

  #takeBatch(): Waiting[] {
    let events = 0
    let count = 0
    for (const { size } of this.#waiting) {
      if (count > 0 && events + size > intakeEventsMax) break
      events += size
      count += 1
    }
    this.#waitingEvents -= events
    return this.#waiting.splice(0, count)
  }

  async #write(batch: Waiting[]): Promise<void> {
    try {
      const results = await this.#store.acceptAll(batch.map(({ request }) => request))
      this.counters.commits += 1
      for (const [index, waiting] of batch.entries()) {
        const result = results[index]
        if (result === undefined)
          throw new NxError('bug', 'NX-INTAKE-RESULTS', 'The store answered fewer requests than it was given')
        this.#count(waiting.request, result)
        waiting.resolve(result)
      }
      this.#onCommit()
    } catch (error) {
      this.counters.failures += 1
      for (const { reject } of batch) reject(error)
    }
  }

  #count(request: IntakeRequest, result: IntakeResult): void {
    this.counters.requests += 1
    if (result.state === 'conflict') {
      this.counters.conflicts += 1
      return
    }
    const duplicates = result.events.filter(({ duplicate }) => duplicate).length
    this.counters.duplicates += duplicates
    this.counters.events += result.events.length - duplicates
    this.counters.deadLetters += request.deadLetters.length
  }
}
