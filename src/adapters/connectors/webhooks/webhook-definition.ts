import type { JsonObject } from '../../../kernel/json.ts'
import type { SignatureScheme } from './signature-scheme.ts'

/** How one kind of payload becomes an event. Templates read `body` (the payload) and `connection`. */
export interface EventMapping {
  /** The payload's own name for it. */
  readonly when: string
  readonly emit: string
  /** The lead it is about: a template of the contact's id; without one the event is about the integration. */
  readonly lead?: string
  /** Members, by path, without which the payload means nothing. */
  readonly requires: readonly string[]
  readonly data: JsonObject
  /** Top-level members of the payload that `data` covers; every other one is kept under `extra`. */
  readonly covers: readonly string[]
}

/** What a vendor sends us, as data. */
export interface WebhookDefinition {
  /** The first scheme whose signature is present decides. */
  readonly schemes: readonly SignatureScheme[]
  /** When it was sent, inside the signed payload: outside the window it is a replay. */
  readonly sentAt: string | null
  readonly toleranceMs: number
  /** The vendor's id of a delivery, in the payload; without it the body's hash counts, for `hashHorizonMs`. */
  readonly deliveryId: string
  readonly hashHorizonMs: number
  /** Which member names the kind of payload. */
  readonly typePath: string
  /**
   * The account that a payload is for (a template over `body`), and the member of the connection that it must equal: one
   * vendor's key signs for all its customers, so a signature proves the vendor and not the tenant.
   */
  readonly account: { readonly payload: string; readonly connection: string }
  /** Payloads whose account stands elsewhere. */
  readonly accountOf?: Readonly<Record<string, string>>
  /** Members that belong to the delivery and are no data. */
  readonly envelope: readonly string[]
  readonly events: readonly EventMapping[]
  /** What the vendor reads as "try again" when we cannot store it. */
  readonly busyStatus: 429 | 503
}
