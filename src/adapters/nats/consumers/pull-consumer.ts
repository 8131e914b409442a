import { createInbox } from 'nats'
import type { Msg, NatsConnection, NatsError, Subscription as NatsSubscription } from 'nats'
import type { Clock } from '../../../kernel/clock.ts'
import { ExpectedDelivery } from './expected-delivery.ts'
import type { PullBudget } from './pull-budget.ts'
import { PulledDelivery } from './pulled-delivery.ts'
import type { Delivery } from './pulled-delivery.ts'
import { PullRoom } from './pull-room.ts'
import type { PullRequest } from './pull-room.ts'

export interface DurableSpec {
  readonly stream: string
  readonly durable: string
  readonly filterSubject: string
  /** Most messages on their way to us or in our hands. */
  readonly prefetchMax: number
  /** Its parts of the process's budget in bytes. */
  readonly budgetParts: number
  /**
   * `one`: whoever subscribes is its only owner, and what an owner before left without an answer is taken from it.
   * `many`: daemons share it; what one of them left comes when its wait is over.
   */
  readonly owner: 'one' | 'many'
}

export interface PullConsumerOptions {
  readonly spec: DurableSpec
  readonly connection: NatsConnection
  readonly clock: Clock
  /** How long the server holds a request that it has no messages for, milliseconds. */
  readonly expiresMs: number
  /** Bounds what it holds in bytes, together with all others of the process. */
  readonly budget: PullBudget
  /** The body is not kept: whoever needs it later holds it. */
  readonly receive: (delivery: Delivery, body: Buffer) => void
  /** The consumer is gone or silent; it waits for `resume`. */
  readonly onTrouble: (why: string) => void
}

/** Silence beyond the expiry of a request that means trouble. */
const graceMs = 3_000
/** What was stored and does not come for so long is asked for anew. */
const overdueMs = 1_000

/**
 * One durable pull consumer, asked for messages as room becomes free: never more than `prefetchMax` unacknowledged, nor more
 * bytes than its part of the budget; what is larger than that comes alone. (After a reconnect the server may answer requests
 * from before it as well, until they expire.) The
 * client's own `consume()` stays open and silent when the stream is wiped; this one knows when it must hear something.
 */
export class PullConsumer {
  readonly spec: DurableSpec
  readonly #options: PullConsumerOptions
  readonly #inbox = createInbox()
  readonly #unsettled = new Set<PulledDelivery>()
  readonly #subscription: NatsSubscription
  #incarnation = ''
  #lives = 0
  #active = false
  #closed = false
  readonly #room: PullRoom
  readonly #expected = new ExpectedDelivery()
  #heardMs: number
  #pullPlanned = false
  /** Acknowledgements given while it was not known whether the durable is still the same. */
  #held: { reply: string; body: Buffer; life: number }[] = []
  /** Where the last deliveries stand, as their reply subjects, in a ring: the floor is never further behind. */
  readonly #recent: string[] = []
  #recentNext = 0

  constructor(options: PullConsumerOptions) {
    this.spec = options.spec
    this.#options = options
    this.#room = new PullRoom(options.spec, options.budget, () => this.#planPull())
    this.#heardMs = options.clock.monotonicMs()
    this.#subscription = options.connection.subscribe(`${this.#inbox}.*`, {
      callback: (error, message) => this.#hear(error, message),
    })
  }

  get isActive(): boolean {
    return this.#active
  }

  /** Has all that it delivered been settled? */
  get isSettled(): boolean {
    return this.#unsettled.size === 0
  }

  /** Which life of stream and durable it knows; empty before the first `resume`. */
  get incarnation(): string {
    return this.#incarnation
  }

  /** How many of its deliveries wait for their settlement. */
  get unsettledCount(): number {
    return this.#unsettled.size
  }

  /** The newest message up to `floor` (stream sequence) among the last deliveries; null when there is none. */
  newestUpTo(floor: number): number | null {
    const sequences = this.#recent.map(streamSequenceOf).filter((sequence) => sequence <= floor)
    return sequences.length === 0 ? null : Math.max(...sequences)
  }

  /**
   * The durable is there. `incarnation` names its life: when it is another one than before, acknowledgements of the
   * messages of the old life are dropped, since their numbers mean other messages now.
   */
  resume(incarnation: string): void {
    if (incarnation !== this.#incarnation) {
      this.#incarnation = incarnation
      this.#lives += 1
      this.#unsettled.clear()
      this.#recent.splice(0)
      this.#recentNext = 0
      this.#expected.forget()
    }
    this.#active = true
    for (const { reply, body, life } of this.#held.splice(0))
      if (life === this.#lives) this.#send(reply, body)
    this.#room.forgetRequests()
    this.#heardMs = this.#options.clock.monotonicMs()
    this.#pull()
  }

  isSameLife(incarnation: string): boolean {
    return incarnation === this.#incarnation
  }

  /** The connection is lost: nothing is asked for or acknowledged until `resume`. */
  suspend(): void {
    this.#active = false
    this.#room.forgetRequests()
  }

  /** Is it silent although an answer is due? */
  isMute(): boolean {
    if (!this.#active || !this.#room.isAsking) return false
    return this.#options.clock.monotonicMs() - this.#heardMs > this.#options.expiresMs + graceMs
  }

  /** The stream has stored a message (stream sequence) that it is to deliver. */
  expect(seq: number): void {
    this.#expected.stored(seq, this.#options.clock.monotonicMs())
  }

  /**
   * Asks once more when what was stored does not come although it is asked for: a request that the server lost would otherwise be
   * waited for until it expires. True when it did.
   */
  askOverdue(): boolean {
    const nowMs = this.#options.clock.monotonicMs()
    if (this.#closed || !this.#active || !this.#room.isAsking) return false
    if (!this.#expected.isOverdue(nowMs, overdueMs)) return false
    this.#expected.waitAnew(nowMs)
    this.#room.forgetRequests()
    this.#pull()
    return true
  }

  /** Stops deliveries. What is still on its way goes back at once; what was delivered may still be acknowledged. */
  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    this.#room.forgetRequests()
    if (this.#options.connection.isClosed()) return
    await this.#subscription.drain()
  }

  #hear(error: NatsError | null, message: Msg): void {
    if (error !== null) return this.#trouble(error.message)
    this.#heardMs = this.#options.clock.monotonicMs()
    const { reply } = message
    if (reply === undefined || reply === '') return this.#hearStatus(message)
    this.#expected.heard(streamSequenceOf(reply), this.#heardMs)
    const free = this.#room.receive(message.subject.length + reply.length + message.data.length)
    const delivery = new PulledDelivery(this, message.subject, reply, this.#lives, free)
    this.#unsettled.add(delivery)
    if (this.#closed) return delivery.retryLater(0)
    this.#recent[this.#recentNext] = reply
    this.#recentNext = (this.#recentNext + 1) % (2 * this.spec.prefetchMax)
    const { buffer, byteOffset, byteLength } = message.data
    this.#options.receive(delivery, Buffer.from(buffer, byteOffset, byteLength))
  }

  /**
   * 408: the request expired. 409: the next message is larger than what is left of the request's bytes, or it ended with bytes
   * left; else the durable was deleted, or moved to another server. 503: nobody serves it.
   */
  #hearStatus(message: Msg): void {
    if (message.subject !== `${this.#inbox}.${this.#room.series}`) return
    const { code = 0, description = '' } = message.headers ?? {}
    const isTooLarge = code === 409 && /^message size exceeds maxbytes/i.test(description)
    const isOver = code === 408 || code === 404 || (code === 409 && /^batch completed/i.test(description))
    if (!isTooLarge && !isOver) {
      if (code === 503 || code === 400 || code === 409) this.#trouble(`${code} ${description}`.trim())
      return
    }
    const left = (what: string): number | null => {
      const value = message.headers?.get(`Nats-Pending-${what}`) ?? ''
      return value === '' ? null : Number(value)
    }
    this.#room.end({ messages: left('Messages'), bytes: left('Bytes') }, isTooLarge)
    this.#planPull()
  }

  #trouble(why: string): void {
    if (!this.#active) return
    this.#active = false
    this.#room.forgetRequests()
    if (!this.#closed) this.#options.onTrouble(why)
  }

  /** Called by a delivery that was settled. */
  settle(delivery: PulledDelivery, reply: string, body: Buffer, life: number): void {
    // Even one of another life makes room in bytes.
    this.#planPull()
    if (!this.#unsettled.delete(delivery) || life !== this.#lives) return
    if (this.#active) this.#send(reply, body)
    else this.#held.push({ reply, body, life })
  }

  #send(reply: string, body: Buffer): void {
    // A closed connection takes no acknowledgement; the message comes again and is recognised.
    if (!this.#options.connection.isClosed()) this.#options.connection.publish(reply, body)
  }

  /** Acknowledgements come in bursts: one request for all the room they made. */
  #planPull(): void {
    if (this.#pullPlanned) return
    this.#pullPlanned = true
    queueMicrotask(() => {
      this.#pullPlanned = false
      this.#pull()
    })
  }

  #pull(): void {
    const { connection, expiresMs, spec } = this.#options
    if (this.#closed || !this.#active || connection.isClosed()) return
    const wasAsking = this.#room.isAsking
    const request = this.#room.ask(this.#unsettled.size)
    if (request === null) return
    // Silence counts from the request on, not from the last message before a long pause.
    if (!wasAsking) this.#heardMs = this.#options.clock.monotonicMs()
    connection.publish(
      `$JS.API.CONSUMER.MSG.NEXT.${spec.stream}.${spec.durable}`,
      requestBody(request, expiresMs),
      { reply: `${this.#inbox}.${this.#room.series}` },
    )
  }
}

function requestBody({ messages, bytes }: PullRequest, expiresMs: number): string {
  const limit = bytes === null ? '' : `,"max_bytes":${bytes}`
  return `{"batch":${messages},"expires":${expiresMs * 1_000_000}${limit}}`
}

/**
 * `$JS.ACK.<stream>.<durable>.<deliveries>.<stream sequence>.…`; newer servers put the domain and an account hash before the
 * stream.
 */
function streamSequenceOf(reply: string): number {
  const tokens = reply.split('.')
  return Number(tokens[tokens.length > 9 ? 7 : 5])
}
