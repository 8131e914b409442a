import type { OutboxPause } from '../../messaging/relay/outbox-control.ts'
import type { ObservedDaemon } from './daemon-health.ts'

/** Commands of one integration of a tenant. `count` stops at `countMax`. */
export interface LaneFacts {
  readonly tenantId: string
  readonly integration: string
  readonly count: number
  /** Of the oldest. */
  readonly ageMs: number
}

export interface LetterGroupFacts {
  readonly tenantId: string
  readonly fingerprint: string
  readonly class: string
  readonly code: string
  readonly integration: string | null
  readonly cause: string | null
  /** Open letters; stops at `countMax`. */
  readonly count: number
  readonly oldestAgeMs: number
  /** Of them those of the last hour; stops at `countMax`. */
  readonly lastHour: number
}

/** An integration of a tenant that takes no calls now: its breaker is open, or it asked for a pause (breaker closed). */
export interface GateFacts {
  readonly tenantId: string
  readonly integration: string
  readonly breaker: 'closed' | 'open' | 'half_open'
  /** Code of the failure that closed it. */
  readonly reason: string
  /** For how long, without a call that went well. */
  readonly shutMs: number
  /** It only reads by itself meanwhile. Default: it does not. */
  readonly readOnly?: boolean
}

/** Tokens of an integration that need a person, now or soon. */
export interface EndingCredential {
  readonly tenantId: string
  readonly workspace: string
  readonly integration: string
  /** failed: the vendor refused; failing: every try of some time failed; ending: nothing renews it. */
  readonly state: 'failed' | 'failing' | 'ending'
  /** Of the last failure. */
  readonly code: string | null
  /** Since it failed, or until it ends (negative: it has). */
  readonly ms: number
}

/** A stream of an integration that is polled for lost webhooks, and has trouble. */
export interface ReconcileFacts {
  readonly tenantId: string
  readonly integration: string
  readonly stream: string
  /** Since when every poll failed, as an age; null: the last went well. */
  readonly failingMs: number | null
  /** Of the last failure. */
  readonly code: string | null
  /** Events of the last hour or two that no webhook had told of; 0 where the document takes no webhooks. */
  readonly missed: number
}

/** Whoever keeps the relay from publishing what was committed later. */
export interface FenceFacts {
  readonly ageMs: number
  /** Process of the database server; null: a prepared transaction. */
  readonly pid: number | null
  readonly application: string
  readonly state: string
}

/** A rule whose breaker is open, or on probation: its time is over and it has not fired since. */
export interface TrippedRuleFacts {
  readonly tenantId: string
  /** `<set>/<rule>` */
  readonly rule: string
  /** How long what it would do is parked still; 0: it is on probation. */
  readonly openMs: number
  /** How often in a row it opened. */
  readonly trips: number
  /** Of its last failure. */
  readonly lastCode: string | null
}

export interface PausedJobFacts {
  readonly tenantId: string | null
  readonly id: string
  readonly kind: string
  readonly because: string
}

/**
 * What the database knows of an installation's troubles, read in bounded queries that go through keys. Every list holds at most
 * `listMax` entries; `truncated` names the lists that would have held more.
 */
export interface InstallationFacts {
  /** The database's clock. RFC 3339. */
  readonly at: string
  readonly inDoubt: readonly LaneFacts[]
  /** Ready and due while their gate was open, by how long. */
  readonly overdue: readonly LaneFacts[]
  /** Heads of lanes that were first tried long ago and have not ended. */
  readonly blockedHeads: readonly LaneFacts[]
  readonly letterGroups: readonly LetterGroupFacts[]
  readonly closedGates: readonly GateFacts[]
  /** Polls that have been failing, and those that found much. */
  readonly reconciles: readonly ReconcileFacts[]
  /** Logins that failed, are failing, or end soon. */
  readonly credentials: readonly EndingCredential[]
  /** Those that opened, or whose time was over, within the last day. */
  readonly trippedRules: readonly TrippedRuleFacts[]
  /** The oldest transaction with an id of its own; null: there is none. */
  readonly fence: FenceFacts | null
  /** May other logins' transactions be seen (pg_read_all_stats)? If not, `fence` knows of our own only. */
  readonly fenceVisible: boolean
  /** Age of the oldest event that is committed and not published, of shards that nobody paused; null: there is none. */
  readonly oldestUnpublishedMs: number | null
  /** Shards with an owner whose lease holds. */
  readonly shardsOwned: readonly number[]
  readonly daemons: readonly ObservedDaemon[]
  /** How many days ahead every partitioned table has partitions. */
  readonly partitionDaysAhead: number
  /** Jobs that paused themselves. */
  readonly pausedJobs: readonly PausedJobFacts[]
  readonly outboxPauses: readonly OutboxPause[]
  /** false: the database was restored into another cluster, whose transaction ids mean nothing in the log. */
  readonly ownCluster: boolean
  readonly truncated: readonly FactsList[]
}

export type FactsList =
  | 'credentials'
  | 'inDoubt'
  | 'overdue'
  | 'blockedHeads'
  | 'letterGroups'
  | 'closedGates'
  | 'reconciles'
  | 'trippedRules'
  | 'pausedJobs'

/** From which ages on lanes are looked at. */
export interface FactsThresholds {
  readonly inDoubtMs: number
  readonly overdueMs: number
  readonly blockedHeadMs: number
  /** Refreshes that fail for so long. */
  readonly credentialFailingMs: number
  /** Logins that end so soon. */
  readonly credentialEndingMs: number
  /** Polls for lost webhooks that fail for so long. */
  readonly reconcileFailingMs: number
  /** So many events in an hour that no webhook told of. */
  readonly webhooksLostPerHour: number
}

export const listMax = 500
export const countMax = 1_000

export interface InstallationFactsReader {
  /** One consistent look. Throws NX-DB-…. */
  facts(thresholds: FactsThresholds): Promise<InstallationFacts>
}
