import type { JsonValue } from '../../kernel/json.ts'

/** A stream that documents ask for. */
export interface WantedStream {
  readonly workspace: string
  readonly integration: string
  readonly stream: string
  readonly everyMs: number
  /** Does the document take webhooks? */
  readonly webhooks: boolean
}

/** A stream whose time has come: found without locks. */
export interface DueStream {
  readonly tenantId: string
  readonly integration: string
  readonly stream: string
  /** Grows with every turn: what was found is passed over when somebody else had a turn since. */
  readonly turn: string
}

/** A stream under a lease. Times RFC 3339, by the database's clock. */
export interface HeldStream extends DueStream {
  readonly workspace: string
  readonly everyMs: number
  /** Everything that changed from its set-up, or its first read, until then is published; null: it has no such place. */
  readonly readUntil: string | null
  /** Where a read that was cut goes on, and when it began. */
  readonly position: JsonValue
  readonly beganAt: string | null
  /** Polls that failed in a row. */
  readonly failures: number
  readonly now: string
}

/**
 * What a turn says of its stream.
 *   poll     where it stands now
 *   unasked  the same, but no call could be made: the vendor is spared already, so it is no failure in a row
 *   beside   nothing but its counts: something else was read than what is polled
 */
export type TurnKind = 'poll' | 'unasked' | 'beside'

/** How a turn ended. Of one beside the polls place, error and time are not written down. */
export interface TurnEnd {
  readonly kind: TurnKind
  readonly readUntil: string | null
  readonly position: JsonValue
  readonly beganAt: string | null
  readonly found: number
  readonly missed: number
  readonly unmapped: number
  /** null: it went well. */
  readonly error: { readonly code: string; readonly message: string } | null
  /** Until the next turn; null: the stream's own time, spread. */
  readonly wakeInMs: number | null
}

/** Where a stream stands, for people. Times RFC 3339. */
export interface StreamStanding {
  readonly workspace: string
  readonly integration: string
  readonly stream: string
  readonly everyMs: number
  readonly readUntil: string | null
  readonly lastAt: string | null
  readonly lastOkAt: string | null
  readonly nextAt: string
  /** Items read, events that no webhook brought, items of which no event could be made: since the stream was set up. */
  readonly found: number
  readonly missed: number
  readonly unmapped: number
  readonly failures: number
  readonly error: { readonly code: string; readonly message: string } | null
}

/** A tenant whose streams are to be followed. */
export interface ReconciledTenant {
  readonly tenantId: string
  /** Names what is active for it; another after every activation in one of its scopes. */
  readonly active: string
  /** The directory's version of which that is. */
  readonly version: string
}

/** Polls that find what webhooks lost: when each is due, and how far it came. Throws NX-DB-…. */
export interface ReconcileStore {
  /** Tenants that have Integration documents of these connectors with `reconcile`, or streams already. */
  tenants(connectors: readonly string[]): Promise<readonly ReconciledTenant[]>
  /** Makes the streams of a tenant those of its documents, as of a version of the directory. A new one is due within its time. */
  sync(tenantId: string, wanted: readonly WantedStream[], version: string): Promise<void>
  due(shards: readonly number[], max: number): Promise<readonly DueStream[]>
  /** Until the next is due, milliseconds; null: none ever is. */
  nextDueMs(shards: readonly number[]): Promise<number | null>
  /** Takes a stream for so long; null: somebody else has it, or had a turn since, or its tenant is suspended. */
  begin(due: DueStream, owner: string, leaseMs: number): Promise<HeldStream | null>
  /** The same for one that need not be due; null: somebody has it, or there is none. */
  beginNow(
    place: Pick<DueStream, 'tenantId' | 'integration' | 'stream'>,
    owner: string,
    leaseMs: number,
  ): Promise<HeldStream | null>
  /** Writes down the end of a turn; false: the lease was lost, and nothing was written. */
  end(held: DueStream, owner: string, end: TurnEnd): Promise<boolean>
  /** By integration and stream, the first 500. Default: of all integrations. */
  standings(tenantId: string, integration?: string | null): Promise<readonly StreamStanding[]>
}
