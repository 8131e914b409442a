import type { NewDeadLetter } from '../dead-letters/dead-letter.ts'
import type { NxEvent } from '../events/event.ts'

/** An event on its way in, with the key that recognises it when it comes again. */
export interface IncomingEvent {
  readonly event: NxEvent
  /** sha256 (hex) of the event's meaning: what a repeat must have in common to count as the same. */
  readonly digest: string
  /** For how long the key is remembered, milliseconds. */
  readonly horizonMs: number
  /**
   * What a known key with another digest means. `conflict`: the request is refused (409). `dead_letter`: the event is
   * put aside with its body and the request is accepted (vendors do not read our answers).
   */
  readonly onConflict: 'conflict' | 'dead_letter'
}

/** One HTTP request, webhook or ingest message: accepted whole or not at all. */
export interface IntakeRequest {
  readonly tenantId: string
  readonly events: readonly IncomingEvent[]
  /** What was verified but cannot be mapped: stored in the same transaction. */
  readonly deadLetters: readonly NewDeadLetter[]
}

export interface AcceptedEvent {
  /** The id under which the event is known: its own, or that of the first with this key. */
  readonly id: string
  readonly duplicate: boolean
}

export type IntakeResult =
  | { readonly state: 'accepted'; readonly events: readonly AcceptedEvent[] }
  | { readonly state: 'conflict'; readonly conflicts: readonly KeyConflict[] }

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
   * commit, with one result per request, in order. At most `intakeEventsMax` events in all.
   */
  acceptAll(requests: readonly IntakeRequest[]): Promise<readonly IntakeResult[]>
}

/** The most events of one transaction. */
export const intakeEventsMax = 2_000
