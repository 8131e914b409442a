import type { LoggedEvent } from '../events/event.ts'
import type { OutgoingEvent } from '../relay/event-log.ts'

/** A delivered event. Every message ends in exactly one of `ack` and `retryLater`. */
export interface BusMessage {
  readonly event: LoggedEvent
  /** Done: its effects are committed. */
  ack(): void
  /** Not done because of the infrastructure: deliver it again after `delayMs`. */
  retryLater(delayMs: number): void
}

export interface Subscription {
  /** Stops deliveries; what was delivered but not acked comes again to the next subscriber. */
  close(): Promise<void>
}

/** The transport between the log and the processor. It may lose everything; the log does not. */
export interface EventBus {
  /**
   * Publishes events and waits for every acknowledgement: in flight together across entities, one after another within
   * an entity. Returns how many of the leading events (in the given order) are safely stored; the rest must be sent again.
   * Message id: `<event id>:<publish number>`; a known id is swallowed for two minutes even when its message is gone, so
   * whoever publishes an event again on purpose gives a higher number (default 1).
   */
  publish(events: readonly OutgoingEvent[], publishNumber?: number): Promise<number>

  /** Delivers the events of a shard, in stream order, `prefetchMax` ahead of the acknowledgements. */
  subscribe(shard: number, prefetchMax: number, deliver: (message: BusMessage) => void): Promise<Subscription>

  /** How many messages of a shard the bus holds that are not acknowledged, delivered ones included. 0: nothing will come. */
  backlog(shard: number): Promise<number>

  /** Tells every daemon that a shard has something new, or that configuration changed. Best effort, not stored. */
  nudge(topic: 'events' | 'control'): void
  onNudge(topic: 'events' | 'control', listener: () => void): () => void

  /** Is it connected, and does JetStream answer? Throws NX-BUS-… when not. */
  check(): Promise<void>
}

/** CloudEvents that other systems publish straight to the bus (`nx.ingest.<tenant slug>.>`, stream NX_INGEST). */
export interface IngestMessage {
  readonly tenantSlug: string
  readonly body: Buffer
  /** Committed to Postgres: ack, and answer the request if it was one. `reply` is JSON. */
  accept(reply: string): void
  /** Refused for good (put aside as a dead letter, or unknown tenant): never delivered again. `reply` is problem+json. */
  refuse(reply: string): void
  retryLater(delayMs: number): void
}

export interface IngestBus {
  subscribeIngest(prefetchMax: number, deliver: (message: IngestMessage) => void): Promise<Subscription>
}
