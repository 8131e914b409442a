import { createInbox, headers } from 'nats'
import type { Msg, NatsConnection, NatsError } from 'nats'
import type { Clock } from '../../kernel/clock.ts'
import { errorText } from '../../kernel/errors.ts'
import type { Logger } from '../../kernel/logger.ts'
import type { OutgoingEvent } from '../../messaging/relay/event-log.ts'

export interface EventPublisherOptions {
  readonly connection: NatsConnection
  readonly clock: Clock
  readonly logger: Logger
  /** Messages of one call that wait for their acknowledgement at once. Default 64: more brings no throughput, only latency. */
  readonly inFlightMax?: number
  /** Silence after which what is in flight counts as not stored, milliseconds. */
  readonly ackMs: number
  /** JetStream does not answer, or the stream is gone. */
  readonly onTrouble: (why: string) => void
}

const warnEveryMs = 10_000

type Outcome = 'stored' | string

/**
 * Publishes to NX_EVENTS. One inbox takes all acknowledgements: the client's own publish() makes a request with a timer and
 * several promises of each message, which costs more than the message.
 */
export class EventPublisher {
  readonly #options: EventPublisherOptions
  readonly #inbox = createInbox()
  readonly #waiting = new Map<string, (outcome: Outcome) => void>()
  #last = 0
  #warned = { why: '', atMs: 0 }

  constructor(options: EventPublisherOptions) {
    this.#options = options
    options.connection.subscribe(`${this.#inbox}.*`, {
      callback: (error, message) => this.#hear(error, message),
    })
  }

  /** See EventBus.publish. `publishNumber` grows when an event is published again on purpose: a repeated id is swallowed. */
  async publish(events: readonly OutgoingEvent[], publishNumber: number): Promise<number> {
    if (events.length === 0 || this.#options.connection.isClosed()) return 0
    const batch = new PublishBatch(events, (event, settle) => this.#send(event, publishNumber, settle), {
      inFlightMax: this.#options.inFlightMax ?? 64,
      ackMs: this.#options.ackMs,
    })
    const { stored, failure } = await batch.run()
    for (const token of batch.abandoned) this.#waiting.delete(token)
    if (failure !== null) {
      this.#warn(stored, events.length, failure)
      this.#options.onTrouble(failure)
    }
    return stored
  }

  /** The connection is lost: what is in flight may be stored or not, so it is published again. */
  disconnected(): void {
    const waiting = [...this.#waiting.values()]
    this.#waiting.clear()
    for (const settle of waiting) settle('the connection was lost')
  }

  /** The relay comes back many times a second: the same trouble is told once in a while. */
  #warn(stored: number, of: number, why: string): void {
    const now = this.#options.clock.monotonicMs()
    if (why === this.#warned.why && now - this.#warned.atMs < warnEveryMs) return
    this.#warned = { why, atMs: now }
    this.#options.logger.warn(
      { stored, of, why },
      'Not all events reached the bus; the rest will be published again',
    )
  }

  #send(event: OutgoingEvent, publishNumber: number, settle: (outcome: Outcome) => void): string {
    this.#last += 1
    const token = this.#last.toString(36)
    const header = headers()
    header.set('Nats-Msg-Id', `${event.eventId}:${publishNumber}`)
    this.#waiting.set(token, settle)
    try {
      this.#options.connection.publish(
        `nx.events.${event.shard}.${event.tenantSlug}.${event.type}`,
        Buffer.from(event.message),
        { headers: header, reply: `${this.#inbox}.${token}` },
      )
    } catch (error) {
      // Larger than the server takes, or the connection is closed: known at once.
      this.#waiting.delete(token)
      const why = `event ${event.eventId} (${Buffer.byteLength(event.message)} bytes): ${errorText(error)}`
      queueMicrotask(() => settle(why))
    }
    return token
  }

  #hear(error: NatsError | null, message: Msg): void {
    if (error !== null) return
    const token = message.subject.slice(this.#inbox.length + 1)
    const settle = this.#waiting.get(token)
    if (settle === undefined) return
    this.#waiting.delete(token)
    settle(outcomeOf(message))
  }
}

/** An acknowledgement is small JSON: stream and sequence, or an error. Nothing but a status means that nobody took it. */
function outcomeOf(message: Msg): Outcome {
  const { data } = message
  if (data.length === 0) return `no stream takes it (${message.headers?.code ?? 'no answer'})`
  const text = Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('latin1')
  if (!text.includes('"error"')) return 'stored'
  const answer = JSON.parse(text) as { error?: { description?: string } }
  return answer.error === undefined ? 'stored' : (answer.error.description ?? 'refused')
}

type Send = (event: OutgoingEvent, settle: (outcome: Outcome) => void) => string

/** One call's events on their way: in flight together, one after another within an entity; stops at the first failure. */
class PublishBatch {
  readonly #events: readonly OutgoingEvent[]
  readonly #send: Send
  readonly #limits: { inFlightMax: number; ackMs: number }
  readonly #stored: boolean[]
  /** Events whose earlier sibling is stored, in order. */
  readonly #ready: number[] = []
  /** For each event the next one of its entity. */
  readonly #next = new Map<number, number>()
  readonly #inFlight = new Map<number, string>()
  #failure: string | null = null
  #timer: NodeJS.Timeout | null = null
  #heard = true
  #finish: () => void = () => {}

  constructor(events: readonly OutgoingEvent[], send: Send, limits: { inFlightMax: number; ackMs: number }) {
    this.#events = events
    this.#send = send
    this.#limits = limits
    this.#stored = new Array<boolean>(events.length).fill(false)
    const lastOf = new Map<string, number>()
    for (const [index, event] of events.entries()) {
      const entity = `${event.tenantSlug}/${event.entityKey}`
      const before = lastOf.get(entity)
      if (before === undefined) this.#ready.push(index)
      else this.#next.set(before, index)
      lastOf.set(entity, index)
    }
  }

  /** Replies that were not waited for. */
  get abandoned(): Iterable<string> {
    return this.#inFlight.values()
  }

  async run(): Promise<{ stored: number; failure: string | null }> {
    await new Promise<void>((resolve) => {
      this.#finish = resolve
      this.#timer = setInterval(() => this.#checkSilence(), this.#limits.ackMs)
      this.#fill()
    })
    if (this.#timer !== null) clearInterval(this.#timer)
    const gap = this.#stored.indexOf(false)
    return { stored: gap === -1 ? this.#stored.length : gap, failure: this.#failure }
  }

  #fill(): void {
    while (this.#failure === null && this.#inFlight.size < this.#limits.inFlightMax) {
      const index = this.#ready.shift()
      if (index === undefined) break
      const event = this.#events[index] as OutgoingEvent
      this.#inFlight.set(
        index,
        this.#send(event, (outcome) => this.#settled(index, outcome)),
      )
    }
    if (this.#inFlight.size === 0) this.#finish()
  }

  #settled(index: number, outcome: Outcome): void {
    if (!this.#inFlight.delete(index)) return
    this.#heard = true
    if (outcome === 'stored') {
      this.#stored[index] = true
      const next = this.#next.get(index)
      if (next !== undefined) this.#ready.push(next)
    } else {
      this.#failure ??= outcome
    }
    this.#fill()
  }

  #checkSilence(): void {
    if (this.#heard) {
      this.#heard = false
      return
    }
    this.#failure ??= `no acknowledgement for ${this.#limits.ackMs} ms`
    this.#finish()
  }
}
