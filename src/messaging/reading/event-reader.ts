import type { JsonValue } from '../../kernel/json.ts'
import type { AttemptError, Command, CommandState } from '../commands/command.ts'
import type {
  DeadLetter,
  DeadLetterClass,
  DeadLetterSource,
  DeadLetterStatus,
} from '../dead-letters/dead-letter.ts'
import type { NxEvent } from '../events/event.ts'
import type { OutboxPause } from '../relay/outbox-control.ts'

/** A page: `cursor` asks for the next one, null at the end. At most `pageMax` items. */
export interface Page<T> {
  readonly items: readonly T[]
  readonly cursor: string | null
}

export const pageMax = 500

export interface PageRequest {
  readonly limit: number
  readonly cursor: string | null
}

/** An event as a reader sees it. `entitySeq` is null for events that were recorded and did not travel the bus. */
export interface EventView extends NxEvent {
  readonly shard: number
  readonly entitySeq: number | null
  readonly acceptedAt: string
  readonly status: 'pending' | 'published' | 'recorded'
}

export interface EventFilter {
  readonly type?: string
  readonly entity?: { readonly workspace: string; readonly kind: string; readonly id: string }
  readonly since?: string
  readonly until?: string
}

/** A node of the tree that grew from an event. Times RFC 3339; `ms` since the root was accepted. */
export interface TraceNode {
  readonly kind: 'event' | 'decision' | 'rule' | 'score' | 'workflow' | 'command' | 'dead_letter'
  readonly id: string
  readonly title: string
  readonly at: string | null
  readonly ms: number | null
  /** Kind-specific facts: changed fields, bands, attempts, the vendor's status. */
  readonly detail: JsonValue
  readonly children: readonly TraceNode[]
}

export interface OutboxRow {
  readonly id: string
  readonly tenantId: string
  readonly eventType: string
  readonly status: 'pending' | 'published' | 'recorded'
  readonly retryCount: number
  readonly createdAt: string
}

export interface OutboxFilter {
  readonly status?: OutboxRow['status']
  readonly type?: string
  readonly entity?: { readonly workspace: string; readonly kind: string; readonly id: string }
  /** Accepted then or later; RFC 3339. */
  readonly since?: string
  /** Accepted before; RFC 3339. */
  readonly until?: string
}

/** What became of an event after it was accepted. */
export type EventProgress =
  /** Kept in the log; nothing listens, so it does not travel. */
  | { readonly state: 'recorded' }
  /** Its entity has not come to it: `before` events of the entity stand before it. */
  | { readonly state: 'waiting'; readonly before: number }
  /** Decided, `latencyMs` after it was accepted. */
  | {
      readonly state: 'applied'
      readonly at: string
      readonly latencyMs: number
      readonly entityVersion: number
    }
  /** Its entity passed it without a decision: the dead letter says why; null when it is gone (see retention). */
  | { readonly state: 'put_aside'; readonly deadLetterId: string | null }

/** One row of the outbox with all that is known of its publishing. */
export interface OutboxEntry extends OutboxRow {
  readonly workspace: string
  readonly subject: { readonly kind: string; readonly id: string }
  readonly shard: number
  /** Where it stands in its shard: rows are published in this order. */
  readonly position: { readonly txid: string; readonly pos: string }
  /** Null: recorded. */
  readonly entitySeq: number | null
  /** The last time that the bus did not take it; null when it always did, or when that was cleaned up. */
  readonly trouble: { readonly error: string; readonly at: string } | null
  readonly progress: EventProgress
}

/** Publishing within the last minute, as the daemons told it with their last heartbeats. */
export interface PublishFigures {
  readonly publishedPerSecond: number
  /** Publications that the bus did not take. */
  readonly retries: number
  /** From acceptance to publication, milliseconds; null when nothing was published. */
  readonly p50Ms: number | null
  readonly p99Ms: number | null
}

/** The transaction that holds the relay back. */
export interface OutboxFence {
  readonly ageMs: number
  /** Null: a prepared transaction, which has no process. */
  readonly pid: number | null
  /** Of a prepared transaction its name. */
  readonly applicationName: string
  readonly database: string
  /** As pg_stat_activity has it (`active`, `idle in transaction`), or `prepared`. */
  readonly state: string
}

export interface ShardStats extends PublishFigures {
  readonly shard: number
  readonly owner: string | null
  readonly pending: number
  /** Age of the oldest unpublished row, milliseconds; null when there is none. */
  readonly oldestMs: number | null
}

export interface OutboxStats extends PublishFigures {
  readonly pending: number
  readonly oldestMs: number | null
  /** Age of the oldest transaction that holds the relay back (the fence), milliseconds. */
  readonly fenceAgeMs: number
  /** That transaction; null when none is open, or when the database does not let us see it (pg_read_all_stats). */
  readonly fence: OutboxFence | null
  /** Publishing that a person stopped. */
  readonly paused: readonly OutboxPause[]
  readonly shards: readonly ShardStats[]
}

export interface CommandView {
  readonly command: Command
  readonly state: CommandState
  readonly attempts: number
  readonly nextAttemptAt: string | null
  readonly sentAt: string | null
  readonly endedAt: string | null
  readonly error: AttemptError | null
  readonly result: JsonValue
}

export interface CommandFilter {
  /** When it was made: RFC 3339, from `since` on, before `until`. */
  readonly since?: string
  readonly until?: string
  readonly state?: CommandState
  readonly integration?: string
  readonly entity?: { readonly workspace: string; readonly kind: string; readonly id: string }
}

export interface DeadLetterFilter {
  readonly status?: DeadLetterStatus
  readonly class?: DeadLetterClass
  readonly source?: DeadLetterSource
  readonly integration?: string
  readonly fingerprint?: string
  readonly code?: string
  readonly entity?: { readonly workspace: string; readonly kind: string; readonly id: string }
  /** Written then or later; RFC 3339. */
  readonly since?: string
  /** Written before; RFC 3339. */
  readonly until?: string
}

/** Counts of one tenant, for `top`, `daemon status` and the quickstart's summary. */
export interface TenantCounts {
  readonly eventsAccepted: number
  readonly decisions: number
  readonly commands: Readonly<Record<CommandState, number>>
  readonly deadLettersOpen: number
  readonly workflowsStarted: number
  readonly workflowsWaiting: number
}

/** The read side of messaging. Every call is confined to one tenant by row-level security. */
export interface MessagingReader {
  /** Newest first. */
  events(tenantId: string, filter: EventFilter, page: PageRequest): Promise<Page<EventView>>
  /** Oldest first, everything accepted after the cursor: for `event tail`. A null cursor starts now. */
  eventsAfter(
    tenantId: string,
    cursor: string | null,
    limit: number,
  ): Promise<{ items: readonly EventView[]; cursor: string }>
  event(tenantId: string, id: string): Promise<EventView | null>
  /** The tree from the chain's root down, whichever of its events `id` names; null when unknown. */
  trace(tenantId: string, id: string): Promise<TraceNode | null>
  outbox(tenantId: string, filter: OutboxFilter, page: PageRequest): Promise<Page<OutboxRow>>
  /** One row; null when there is none of that id. */
  outboxEntry(tenantId: string, id: string): Promise<OutboxEntry | null>
  /** Of the whole installation: depths carry no tenant data. */
  outboxStats(): Promise<OutboxStats>
  commands(tenantId: string, filter: CommandFilter, page: PageRequest): Promise<Page<CommandView>>
  command(tenantId: string, id: string): Promise<CommandView | null>
  deadLetters(tenantId: string, filter: DeadLetterFilter, page: PageRequest): Promise<Page<DeadLetter>>
  deadLetter(tenantId: string, id: string): Promise<DeadLetter | null>
  counts(tenantId: string): Promise<TenantCounts>
  /** How many daemons have given a sign of life within their lease: 0 means that nobody does the work. */
  daemonsAlive(): Promise<number>
}
