import type { NewDeadLetter } from '../dead-letters/dead-letter.ts'
import type { NxEvent } from '../events/event.ts'
import type { Sighting } from './sighting.ts'

/** An event on its way in, with the key that recognises it when it comes again. */
export interface IncomingEvent {
  readonly event: NxEvent
  /** sha256 (hex) of the event's meaning: what a repeat must have in common to count as the same. */
  readonly digest: string
  /** For how long the key is remembered, milliseconds. */
  readonly horizonMs: number
  /**
   * What a known key with another digest means. `conflict`: the request is refused (409). `dead_letter`: the event is
   * put aside with its body and the request is accepted (vendors do not read our answers). `first_counts`: it is a repeat, for the
   * key names the happening itself and both told of it in their own words.
   */
  readonly onConflict: 'conflict' | 'dead_letter' | 'first_counts'
  /** Where its key alone does not tell whether another way brought it before. */
  readonly sighting?: Sighting
}

/** What recognises a whole request when it comes again (the header Idempotency-Key). */
export interface RequestKey {
  /** What the key is unique within, beside the tenant: `POST /v1/events default` (route and workspace). */
  readonly scope: string
  readonly value: string
  /** sha256 (hex) of what the request asks for. */
  readonly digest: string
  /** For how long the key is remembered, milliseconds. */
  readonly horizonMs: number
}

/** What the sources of request keys begin with in the inbox; no event may call its source so. */
export const requestKeySource = 'idempotency-key:'

/** One HTTP request, webhook or ingest message: accepted whole or not at all. */
export interface IntakeRequest {
  readonly tenantId: string
  /** Only with events. A known key answers for the whole request: its events are not looked at. */
  readonly key?: RequestKey
  readonly events: readonly IncomingEvent[]
  /** What was verified but cannot be mapped: stored in the same transaction. */
  readonly deadLetters: readonly NewDeadLetter[]
}

export interface AcceptedEvent {
  /** The id under which the event is known: its own, or that of the first with this key. */
  readonly id: string
  readonly duplicate: boolean
  /** The key was known with another body: this one is among the dead letters. */
  readonly conflict?: KeyConflict
}

/**
 *   accepted     stored now, or events known already
 *   replayed     the request's key was known with the same digest: what was answered then
 *   conflict     an event's key was known with another body: nothing of the request was stored
 *   key_reused   the request's key was known with another digest: nothing of the request was stored
 */
export type IntakeResult =
  | { readonly state: 'accepted'; readonly events: readonly AcceptedEvent[] }
  | { readonly state: 'replayed'; readonly events: readonly AcceptedEvent[] }
  | { readonly state: 'conflict'; readonly conflicts: readonly KeyConflict[] }
  | { readonly state: 'key_reused'; readonly reuse: KeyReuse }

/** A request's key with another body. Digests are sha256, hex. */
export interface KeyReuse {
  readonly key: string
  /** The ids that the first request was answered with. */
  readonly firstIds: readonly string[]
  readonly firstDigest: string
  readonly digest: string
}

/** The same key with another body. Digests are sha256, hex. */
export interface KeyConflict {
  readonly source: string
  readonly externalId: string
  readonly firstId: string
  readonly firstDigest: string
  readonly digest: string
}

/**
 * The door of the event log. Failure of one request (a conflict) leaves the others untouched; failure of the store throws
 * for all (NX-DB-…, retryable) and nothing of them is stored.
 */
export interface EventIntakeStore {
  /**
   * Stores several requests in one transaction: inbox keys, entity order, log rows, dead letters. Resolves after the
   * commit, with one result per request, in order. At most `intakeEventsMax` events in all. A key that another transaction
   * is just taking is waited for.
   */
  acceptAll(requests: readonly IntakeRequest[]): Promise<readonly IntakeResult[]>
}

/** What the door would say. */
export interface IntakeRehearsal {
  /** What `acceptAll` would answer now; nothing is stored. Keys that somebody is taking are waited for. */
  rehearse(request: IntakeRequest): Promise<IntakeResult>
}

/** The most events of one transaction. */
export const intakeEventsMax = 2_000
