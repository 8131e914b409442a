import type {
  BusMessage,
  EventBus,
  IngestBus,
  IngestMessage,
  ShardProgress,
  Subscription,
} from '../../src/messaging/bus/event-bus.ts'
import { publicationOf } from '../../src/messaging/bus/publication.ts'
import type { Publication, PublishStop } from '../../src/messaging/bus/publication.ts'
import type { LoggedEvent } from '../../src/messaging/events/event.ts'
import { decodeWireEvent } from '../../src/messaging/events/wire-event.ts'
import type { LogPosition, OutgoingEvent } from '../../src/messaging/relay/event-log.ts'

interface Stored<T> {
  readonly content: T
  /** The message id; null where nobody gives one. */
  readonly id: string | null
  /** Null for what has none, and for what was published again on purpose. */
  readonly position: LogPosition | null
  state: 'waiting' | 'delivered' | 'done'
  deliveries: number
}

/** The messages of one durable, and who takes them now. */
interface Queue<T> {
  /** Without the leading ones that are done. */
  readonly messages: Stored<T>[]
  /** Of the last of the leading ones that are done. */
  settledTo: LogPosition | null
  /** So many of the next messages stand before the place that the durable has come to: it passes them over. */
  aheadBy: number
  /** Did anybody ever subscribe? Until then there is no durable. */
  isThere: boolean
  taker: { readonly prefetchMax: number; readonly deliver: (content: T, settle: Settle) => void } | null
}

interface Settle {
  ack(): void
  retryLater(delayMs: number): void
}

const away: PublishStop = { kind: 'away', why: 'The bus does not answer' }

/** The bus in memory: same order, same redelivery, same swallowed duplicates, no server. Deliveries come asynchronously, as from a network. */
export class MemoryEventBus implements EventBus, IngestBus {
  /** Set to make `publish` store only so many more events. */
  room = Number.POSITIVE_INFINITY
  /** What it refuses, however often it is published; as the server, what is larger than 1 MiB. */
  refuses: (event: OutgoingEvent) => boolean = ({ message }) => message.length > 1024 ** 2
  /** Set to false to play a lost connection. */
  reachable = true
  readonly #shards = new Map<number, Queue<LoggedEvent>>()
  readonly #ingest: Queue<{ subject: string; body: Buffer; reply: (text: string) => void }> = emptyQueue()
  readonly #knownIds = new Set<string>()
  /** What the stream of events holds, acknowledged or not. */
  #stored: { shard: number; id: string; content: LoggedEvent; position: LogPosition | null }[] = []
  readonly #listeners = { events: new Set<() => void>(), control: new Set<() => void>() }

  async publish(events: readonly OutgoingEvent[], publishNumber = 1): Promise<Publication> {
    const stopped = new Map<number, PublishStop>()
    const stored = new Set<OutgoingEvent>()
    for (const event of events) {
      const id = `${event.eventId}:${publishNumber}`
      if (stopped.has(event.shard)) continue
      const stop = this.#stopOf(event, id)
      if (stop !== null) {
        stopped.set(event.shard, stop)
        continue
      }
      stored.add(event)
      if (this.#knownIds.has(id)) continue
      this.#knownIds.add(id)
      this.room -= 1
      const position = publishNumber === 1 ? event.position : null
      this.#stored.push({ shard: event.shard, id, content: decodeWireEvent(event.message), position })
      this.#put(this.#queueOf(event.shard), decodeWireEvent(event.message), position, id)
    }
    return publicationOf(
      events,
      (index) => stored.has(events[index] as OutgoingEvent),
      (shard) => stopped.get(shard) ?? away,
    )
  }

  #stopOf(event: OutgoingEvent, id: string): PublishStop | null {
    if (!this.reachable || (!this.#knownIds.has(id) && this.room <= 0)) return away
    return this.refuses(event) ? { kind: 'refused', why: 'larger than the bus takes' } : null
  }

  async subscribe(
    shard: number,
    prefetchMax: number,
    deliver: (message: BusMessage) => void,
  ): Promise<Subscription> {
    const queue = this.#queueOf(shard)
    return this.#take(queue, prefetchMax, (event, settle) => deliver({ event, ...settle }))
  }

  async progress(shard: number): Promise<ShardProgress | null> {
    const { messages, settledTo, isThere } = this.#queueOf(shard)
    if (!isThere) return null
    return { backlog: messages.filter(({ state }) => state !== 'done').length, settledTo }
  }

  async subscribeIngest(
    prefetchMax: number,
    deliver: (message: IngestMessage) => void,
  ): Promise<Subscription> {
    return this.#take(this.#ingest, prefetchMax, ({ subject, body, reply }, settle) => {
      const finish = (text: string): void => {
        settle.ack()
        reply(text)
      }
      const { retryLater } = settle
      deliver({ tenantSlug: subject.split('.')[2] ?? '', body, accept: finish, refuse: finish, retryLater })
    })
  }

  /** What an outside system does: publishes under `nx.ingest.<slug>.…`. `reply` hears the answer. */
  offer(subject: string, body: Buffer, reply: (text: string) => void = () => {}): void {
    this.#put(this.#ingest, { subject, body, reply }, null)
  }

  nudge(topic: 'events' | 'control'): void {
    if (!this.reachable) return
    queueMicrotask(() => {
      for (const listener of this.#listeners[topic]) listener()
    })
  }

  onNudge(topic: 'events' | 'control', listener: () => void): () => void {
    const own = (): void => listener()
    this.#listeners[topic].add(own)
    return () => this.#listeners[topic].delete(own)
  }

  async check(): Promise<void> {
    if (!this.reachable) throw new Error('unreachable')
  }

  /** The server's data is lost; subscribers stay. Known ids are forgotten too. */
  wipe(): void {
    this.#knownIds.clear()
    this.#stored = []
    for (const queue of [...this.#shards.values(), this.#ingest]) {
      queue.messages.splice(0)
      queue.settledTo = null
      queue.aheadBy = 0
    }
  }

  /**
   * The stream of events loses its last messages, and the ids of these. Durables stay where they were: ahead of the stream, so
   * that each passes over as many new messages, until `heal`.
   */
  loseTail(messages: number): void {
    for (const { shard, id } of this.#stored.splice(Math.max(0, this.#stored.length - messages))) {
      const queue = this.#queueOf(shard)
      this.#knownIds.delete(id)
      queue.aheadBy += 1
      const index = queue.messages.findIndex((message) => message.id === id)
      if (index !== -1) queue.messages.splice(index, 1)
      queue.settledTo = null
    }
  }

  /** Durables that stood ahead of the stream stand at its end. */
  heal(): void {
    for (const queue of this.#shards.values()) queue.aheadBy = 0
  }

  /** Everything that the stream of events still holds comes once more, from its beginning. */
  deliverAll(): void {
    for (const [shard, queue] of this.#shards) {
      queue.settledTo = null
      queue.messages.splice(
        0,
        Infinity,
        ...this.#stored
          .filter((stored) => stored.shard === shard)
          .map(({ content, position, id }) => ({
            content,
            position,
            id,
            state: 'waiting' as const,
            deliveries: 0,
          })),
      )
      queueMicrotask(() => this.#pump(queue))
    }
  }

  /** The connection is back: deliveries go on. */
  reconnect(): void {
    this.reachable = true
    for (const queue of [...this.#shards.values()]) this.#pump(queue)
    this.#pump(this.#ingest)
  }

  #queueOf(shard: number): Queue<LoggedEvent> {
    const queue = this.#shards.get(shard) ?? emptyQueue()
    this.#shards.set(shard, queue)
    return queue
  }

  #put<T>(queue: Queue<T>, content: T, position: LogPosition | null, id: string | null = null): void {
    if (queue.aheadBy > 0) {
      queue.aheadBy -= 1
      return
    }
    queue.messages.push({ content, position, id, state: 'waiting', deliveries: 0 })
    queueMicrotask(() => this.#pump(queue))
  }

  #take<T>(
    queue: Queue<T>,
    prefetchMax: number,
    deliver: (content: T, settle: Settle) => void,
  ): Subscription {
    const taker = { prefetchMax, deliver }
    queue.taker = taker
    queue.isThere = true
    // What an earlier taker left without an answer comes again, as after the server's own patience.
    for (const message of queue.messages) if (message.state === 'delivered') message.state = 'waiting'
    queueMicrotask(() => this.#pump(queue))
    return {
      close: async () => {
        if (queue.taker === taker) queue.taker = null
      },
    }
  }

  #pump<T>(queue: Queue<T>): void {
    const { taker } = queue
    if (taker === null || !this.reachable) return
    let delivered = queue.messages.filter((message) => message.state === 'delivered').length
    for (const message of [...queue.messages]) {
      if (delivered >= taker.prefetchMax || queue.taker !== taker) return
      if (message.state !== 'waiting') continue
      message.state = 'delivered'
      message.deliveries += 1
      delivered += 1
      taker.deliver(message.content, this.#settling(queue, message))
    }
  }

  #settling<T>(queue: Queue<T>, message: Stored<T>): Settle {
    const delivery = message.deliveries
    let decided = false
    const decide = (act: () => void): void => {
      if (decided) return
      decided = true
      act()
    }
    const become = (state: 'done' | 'waiting'): void => {
      // Delivered again in the meantime: that delivery's answer counts.
      if (message.state !== 'delivered' || message.deliveries !== delivery) return
      message.state = state
      while (queue.messages[0]?.state === 'done') queue.settledTo = queue.messages.shift()?.position ?? null
      queueMicrotask(() => this.#pump(queue))
    }
    return {
      ack: () => decide(() => become('done')),
      retryLater: (delayMs) => decide(() => void setTimeout(() => become('waiting'), delayMs)),
    }
  }
}

function emptyQueue<T>(): Queue<T> {
  return { messages: [], settledTo: null, aheadBy: 0, isThere: false, taker: null }
}
