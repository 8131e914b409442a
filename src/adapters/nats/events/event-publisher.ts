import { ErrorCode, createInbox, headers } from 'nats'
import type { Msg, NatsConnection, NatsError } from 'nats'
import type { Clock } from '../../../kernel/clock.ts'
import { errorText } from '../../../kernel/errors.ts'
import type { Logger } from '../../../kernel/logger.ts'
import { nothingStored, publicationOf } from '../../../messaging/bus/publication.ts'
import type { Publication } from '../../../messaging/bus/publication.ts'
import type { OutgoingEvent } from '../../../messaging/relay/event-log.ts'
import { apiError } from '../bus-failures.ts'
import { packBody, packEvents, packId, packPosition } from './event-packs.ts'
import type { EventPack } from './event-packs.ts'
import { messageIdHeader, positionHeader, positionText } from './message-headers.ts'
import { PublishBatch } from './publish-batch.ts'
import type { PublishStop } from '../../../messaging/bus/publication.ts'
import type { BatchResult, PublishOutcome } from './publish-batch.ts'

export interface EventPublisherOptions {
  readonly connection: NatsConnection
  readonly clock: Clock
  readonly logger: Logger
  /** Messages of one call that wait for their acknowledgement at once. Default 64: more brings no throughput, only latency. */
  readonly inFlightMax?: number
  /** Most events of one message; 1: each has its own. Default 16. */
  readonly packEventsMax?: number
  /** Silence after which what is in flight counts as not stored, milliseconds. */
  readonly ackMs: number
  /** A message of this shard stands in the stream, under this sequence. */
  readonly onStored?: (shard: number, seq: number) => void
  /** JetStream does not answer, or the stream is gone. */
  readonly onTrouble: (why: string) => void
}

const warnEveryMs = 10_000

/**
 * Publishes to NX_EVENTS. One inbox takes all acknowledgements: the client's own publish() makes a request with a timer and
 * several promises of each message, which costs more than the message.
 */
export class EventPublisher {
  readonly #options: EventPublisherOptions
  readonly #inbox = createInbox()
  readonly #waiting = new Map<
    string,
    { readonly shard: number; readonly settle: (outcome: PublishOutcome) => void }
  >()
  #last = 0
  #warned = { why: '', atMs: 0 }

  constructor(options: EventPublisherOptions) {
    this.#options = options
    options.connection.subscribe(`${this.#inbox}.*`, {
      callback: (error, message) => this.#hear(error, message),
    })
  }

  /** See EventBus.publish. `publishNumber` grows when an event is published again on purpose: a repeated id is swallowed. */
  async publish(events: readonly OutgoingEvent[], publishNumber: number): Promise<Publication> {
    if (this.#options.connection.isClosed())
      return nothingStored(events, { kind: 'away', why: 'The connection to NATS is closed' })
    const stored = new Set<OutgoingEvent>()
    const run = async (some: readonly OutgoingEvent[], packEventsMax?: number): Promise<BatchResult> => {
      const result = await this.#run(packEvents(some, packEventsMax), publishNumber)
      for (const pack of result.stored) for (const event of pack.events) stored.add(event)
      return result
    }
    let { refused, away } = await run(events, this.#options.packEventsMax)
    // What is too much for one message may do in several: only an event that was refused alone is refused.
    const shared = [...refused].filter(([, { pack }]) => pack.events.length > 1).map(([shard]) => shard)
    if (away === null && shared.length > 0) {
      const again = await run(
        events.filter((event) => shared.includes(event.shard) && !stored.has(event)),
        1,
      )
      away = again.away
      refused = new Map([...[...refused].filter(([shard]) => !shared.includes(shard)), ...again.refused])
    }
    const publication = publicationOf(
      events,
      (index) => stored.has(events[index] as OutgoingEvent),
      (shard) => refused.get(shard)?.stop ?? { kind: 'away', why: away ?? 'The bus did not store it' },
    )
    this.#tell(stored.size, events.length, away ?? [...refused.values()][0]?.stop.why ?? null)
    if (away !== null) this.#options.onTrouble(away)
    return publication
  }

  async #run(packs: readonly EventPack[], publishNumber: number): Promise<BatchResult> {
    const batch = new PublishBatch(packs, (pack, settle) => this.#send(pack, publishNumber, settle), {
      inFlightMax: this.#options.inFlightMax ?? 64,
      ackMs: this.#options.ackMs,
    })
    const result = await batch.run()
    for (const token of batch.abandoned) this.#waiting.delete(token)
    return result
  }

  /** The connection is lost: what is in flight may be stored or not, so it is published again. */
  disconnected(): void {
    const waiting = [...this.#waiting.values()]
    this.#waiting.clear()
    for (const { settle } of waiting) settle({ kind: 'away', why: 'The connection was lost' })
  }

  /** The relay comes back many times a second: the same trouble is told once in a while. */
  #tell(stored: number, of: number, why: string | null): void {
    if (why === null) return
    const now = this.#options.clock.monotonicMs()
    if (why === this.#warned.why && now - this.#warned.atMs < warnEveryMs) return
    this.#warned = { why, atMs: now }
    this.#options.logger.warn(
      { stored, of, why },
      'Not all events reached the bus; the rest will be published again',
    )
  }

  #send(pack: EventPack, publishNumber: number, settle: (outcome: PublishOutcome) => void): string {
    this.#last += 1
    const token = this.#last.toString(36)
    const header = headers()
    header.set(messageIdHeader, packId(pack, publishNumber))
    header.set(positionHeader, positionText(packPosition(pack)))
    const body = Buffer.from(packBody(pack))
    this.#waiting.set(token, { shard: pack.shard, settle })
    try {
      this.#options.connection.publish(pack.subject, body, {
        headers: header,
        reply: `${this.#inbox}.${token}`,
      })
    } catch (error) {
      // Larger than the server takes, or the connection is closed: known at once.
      this.#waiting.delete(token)
      const kind = (error as NatsError).code === ErrorCode.MaxPayloadExceeded ? 'refused' : 'away'
      const why =
        kind === 'refused' ? `Larger than the server takes (${body.length} bytes)` : errorText(error)
      queueMicrotask(() => settle({ kind, why }))
    }
    return token
  }

  #hear(error: NatsError | null, message: Msg): void {
    if (error !== null) return
    const token = message.subject.slice(this.#inbox.length + 1)
    const waiting = this.#waiting.get(token)
    if (waiting === undefined) return
    this.#waiting.delete(token)
    const outcome = outcomeOf(message)
    if (typeof outcome === 'number') this.#options.onStored?.(waiting.shard, outcome)
    waiting.settle(typeof outcome === 'number' ? 'stored' : outcome)
  }
}

/** The sequence, or why not. An acknowledgement is small JSON: stream and sequence, or an error. Nothing but a status means that nobody took it. */
function outcomeOf(message: Msg): number | PublishStop {
  const { data } = message
  if (data.length === 0)
    return { kind: 'away', why: `No stream takes it (${message.headers?.code ?? 'no answer'})` }
  const text = Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('latin1')
  if (!text.includes('"error"')) return Number(/"seq":\s*(\d+)/.exec(text)?.[1] ?? 0)
  const { error } = JSON.parse(text) as { error?: { err_code?: number; description?: string } }
  if (error === undefined) return 0
  const kind = error.err_code === apiError.messageTooLarge ? 'refused' : 'away'
  return { kind, why: error.description ?? 'The server did not store it' }
}
