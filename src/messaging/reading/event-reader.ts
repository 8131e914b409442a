import type { JsonValue } from '../../kernel/json.ts'
import type { AttemptError, Command, CommandState } from '../commands/command.ts'
import type { DeadLetter, DeadLetterClass, DeadLetterStatus } from '../dead-letters/dead-letter.ts'
import type { NxEvent } from '../events/event.ts'

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

export interface ShardStats {
  readonly shard: number
  readonly owner: string | null
  readonly pending: number
  /** Age of the oldest unpublished row, milliseconds; null when there is none. */
  readonly oldestMs: number | null
}

export interface OutboxStats {
  readonly pending: number
  readonly oldestMs: number | null
  /** Age of the oldest transaction that holds the relay back (the fence), milliseconds. */
  readonly fenceAgeMs: number
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
  readonly state?: CommandState
  readonly integration?: string
  readonly entity?: { readonly workspace: string; readonly kind: string; readonly id: string }
}

export interface DeadLetterFilter {
  readonly status?: DeadLetterStatus
  readonly class?: DeadLetterClass
  readonly integration?: string
  readonly fingerprint?: string
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
  outbox(tenantId: string, status: OutboxRow['status'] | null, page: PageRequest): Promise<Page<OutboxRow>>
  /** Of the whole installation: depths carry no tenant data. */
  outboxStats(): Promise<OutboxStats>
  commands(tenantId: string, filter: CommandFilter, page: PageRequest): Promise<Page<CommandView>>
  command(tenantId: string, id: string): Promise<CommandView | null>
  deadLetters(tenantId: string, filter: DeadLetterFilter, page: PageRequest): Promise<Page<DeadLetter>>
  deadLetter(tenantId: string, id: string): Promise<DeadLetter | null>
  counts(tenantId: string): Promise<TenantCounts>
}
