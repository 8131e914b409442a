import type { LoggedEvent } from '../events/event.ts'
import type { LogPosition, OutgoingEvent } from '../relay/event-log.ts'
import type { Publication } from './publication.ts'

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

/** How far the bus is with a shard. */
export interface ShardProgress {
  /** Messages that are not acknowledged, delivered ones included. 0: nothing will come. */
  readonly backlog: number
  /**
   * Where in the log the newest event stands below which everything that the bus holds is acknowledged; null when that is
   * not known. The relay publishes a shard in commit order, so what stands before it and is not applied will not come.
   */
  readonly settledTo: LogPosition | null
}

/** The transport between the log and the processor. It may lose everything; the log does not. */
export interface EventBus {
  /**
   * Publishes events and waits for every acknowledgement: in flight together across entities, one after another within
   * an entity. Tells for each shard how many of its leading events (in the given order) are safely stored: an event that is
   * refused ends its own shard's part, and no other's.
   * Message id: `<event id, or digest of the ids that share the message>:<publish number>`; a known id is swallowed for two
   * minutes even when its message is gone, so whoever publishes an event again on purpose gives a higher number (default 1).
   */
  publish(events: readonly OutgoingEvent[], publishNumber?: number): Promise<Publication>

  /**
   * Delivers the events of a shard, in stream order, `prefetchMax` messages ahead of the acknowledgements; events of one tenant
   * and type that were published together may share a message. Begins at the oldest event that is not acknowledged: what was
   * delivered to an owner that died or hangs comes at once, not when its wait is over.
   */
  subscribe(shard: number, prefetchMax: number, deliver: (message: BusMessage) => void): Promise<Subscription>

  /**
   * How far the deliveries of a shard have come: what tells an event that is under way from one that is lost. null: its durable
   * is not there, as for a moment while its owner changes; when it is there again, much may come.
   */
  progress(shard: number): Promise<ShardProgress | null>

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
