import type {
  BusMessage,
  EventBus,
  IngestBus,
  IngestMessage,
  Subscription,
} from '../../src/messaging/bus/event-bus.ts'
import type { LoggedEvent } from '../../src/messaging/events/event.ts'
import { decodeWireEvent } from '../../src/messaging/events/wire-event.ts'
import type { OutgoingEvent } from '../../src/messaging/relay/event-log.ts'

interface Stored<T> {
  readonly content: T
  state: 'waiting' | 'delivered' | 'done'
  deliveries: number
}

/** The messages of one durable, and who takes them now. */
interface Queue<T> {
  readonly messages: Stored<T>[]
  taker: { readonly prefetchMax: number; readonly deliver: (content: T, settle: Settle) => void } | null
}

interface Settle {
  ack(): void
  retryLater(delayMs: number): void
}

/** The bus in memory: same order, same redelivery, same swallowed duplicates, no server. Deliveries come asynchronously, as from a network. */
export class MemoryEventBus implements EventBus, IngestBus {
  /** Set to make `publish` store only so many more events. */
  room = Number.POSITIVE_INFINITY
  /** Set to false to play a lost connection. */
  reachable = true
  readonly #shards = new Map<number, Queue<LoggedEvent>>()
  readonly #ingest: Queue<{ subject: string; body: Buffer; reply: (text: string) => void }> = emptyQueue()
  readonly #knownIds = new Set<string>()
  readonly #listeners = { events: new Set<() => void>(), control: new Set<() => void>() }

  async publish(events: readonly OutgoingEvent[], publishNumber = 1): Promise<number> {
    let stored = 0
    for (const event of events) {
      const id = `${event.eventId}:${publishNumber}`
      if (!this.reachable || (!this.#knownIds.has(id) && this.room <= 0)) break
      stored += 1
      if (this.#knownIds.has(id)) continue
      this.#knownIds.add(id)
      this.room -= 1
      this.#put(this.#queueOf(event.shard), decodeWireEvent(event.message))
    }
    return stored
  }

  async subscribe(
    shard: number,
    prefetchMax: number,
    deliver: (message: BusMessage) => void,
  ): Promise<Subscription> {
    const queue = this.#queueOf(shard)
    return this.#take(queue, prefetchMax, (event, settle) => deliver({ event, ...settle }))
  }

  async backlog(shard: number): Promise<number> {
    return this.#queueOf(shard).messages.filter(({ state }) => state !== 'done').length
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
    this.#put(this.#ingest, { subject, body, reply })
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
    for (const queue of [...this.#shards.values(), this.#ingest]) queue.messages.splice(0)
  }

  #queueOf(shard: number): Queue<LoggedEvent> {
    const queue = this.#shards.get(shard) ?? emptyQueue()
    this.#shards.set(shard, queue)
    return queue
  }

  #put<T>(queue: Queue<T>, content: T): void {
    queue.messages.push({ content, state: 'waiting', deliveries: 0 })
    queueMicrotask(() => pump(queue))
  }

  #take<T>(
    queue: Queue<T>,
    prefetchMax: number,
    deliver: (content: T, settle: Settle) => void,
  ): Subscription {
    const taker = { prefetchMax, deliver }
    queue.taker = taker
    // What an earlier taker left without an answer comes again, as after the server's own patience.
    for (const message of queue.messages) if (message.state === 'delivered') message.state = 'waiting'
    queueMicrotask(() => pump(queue))
    return {
      close: async () => {
        if (queue.taker === taker) queue.taker = null
      },
    }
  }
}

function emptyQueue<T>(): Queue<T> {
  return { messages: [], taker: null }
}

function pump<T>(queue: Queue<T>): void {
  const { taker } = queue
  if (taker === null) return
  let delivered = queue.messages.filter((message) => message.state === 'delivered').length
  for (const message of [...queue.messages]) {
    if (delivered >= taker.prefetchMax || queue.taker !== taker) return
    if (message.state !== 'waiting') continue
    message.state = 'delivered'
    message.deliveries += 1
    delivered += 1
    taker.deliver(message.content, settling(queue, message))
  }
}

function settling<T>(queue: Queue<T>, message: Stored<T>): Settle {
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
    if (state === 'done') queue.messages.splice(queue.messages.indexOf(message), 1)
    queueMicrotask(() => pump(queue))
  }
  return {
    ack: () => decide(() => become('done')),
    retryLater: (delayMs) => decide(() => void setTimeout(() => become('waiting'), delayMs)),
  }
}
