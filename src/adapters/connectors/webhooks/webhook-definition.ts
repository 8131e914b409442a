import type { JsonObject, JsonValue } from '../../../kernel/json.ts'
import type { WebhookRegistration } from './registration/webhook-registration.ts'
import type { SignatureScheme } from './signature-scheme.ts'

/*
 * Templates of a webhook read `body` (the payload, or the part of it that is being looked at), `parent` (what holds the list that
 * the part stands in), `joined` (see SplitPart), `connection`, and `headers` (lower-case names).
 */

/** How one kind of payload becomes an event. */
export interface EventMapping {
  /** The payload's own name for it. */
  readonly when: string
  readonly emit: string
  /** The lead it is about: a template of the contact's id; without one the event is about the integration. */
  readonly lead?: string
  /** What it is about when that is no lead: `{ kind: 'invoice', id: '{{ body.id }}' }`. */
  readonly subject?: { readonly kind: string; readonly id: string }
  /** Members, by path, without which the payload means nothing. */
  readonly requires: readonly string[]
  readonly data: JsonObject
  /** Top-level members of the payload that `data` covers; every other one is kept under `extra`. */
  readonly covers: readonly string[]
  /** The payload as it is is the data. */
  readonly takesAll?: boolean
  /** Of what reconciliation polls read too. */
  readonly alike?: AlikeRule
}

/** When a payload and what a poll read tell of the same change. */
export interface AlikeRule {
  /**
   * What both tell of, unique within the integration: `message/{{ body.messageId }}`. The first that gives something counts for a
   * payload; one for which none does has no rule.
   */
  readonly object: readonly string[]
  /** Events that tell of it. */
  readonly types: readonly string[]
  /** Members of `data` that the two must have in common; case, spaces, order and what is empty do not count. */
  readonly compares: readonly string[]
  /** Those of them without which an event is about another thing of the same lead. */
  readonly identifies?: readonly string[]
  /** The one of them that is the thing's own id: where both have it, it alone decides. */
  readonly id?: string
}

/** A message's state as its vendor tells it later; becomes `message.<state>` about whom the message was for. */
export interface ReceiptMapping {
  readonly when: string
  readonly state: 'delivered' | 'read' | 'failed'
  /** The vendor's id of the message, as the result of the command that sent it holds it under `message_id`. */
  readonly messageId: string
  /** Of a failure. */
  readonly code?: string
  readonly reason?: string
  readonly data?: JsonObject
}

/** What must stand at a path: this value, one of these, something other than these, something, nothing, or something of a type. */
export type PathCondition =
  | JsonValue
  | { readonly exists: boolean }
  | { readonly type: 'string' | 'number' | 'boolean' | 'object' | 'list' }
  | { readonly oneOf: readonly JsonValue[] }
  | { readonly otherThan: readonly JsonValue[] }

/** Conditions by path; all must hold. */
export type PayloadMatch = Readonly<Record<string, PathCondition>>

/** A payload whose type is missing or wrong, known by what stands in it. Exactly one shape must fit. */
export interface PayloadShape {
  /** The mapping (its `when`) that it is then translated by. */
  readonly as: string
  /** Types that it is known to come under, none of which says what it is. Default: those without a type. */
  readonly corrects?: readonly string[]
  /** The vendor's own way to tell kinds apart rather than a mistake of its: not noted in the event. */
  readonly isRegular?: true
  readonly match: PayloadMatch
}

/**
 * Another form of the vendor's payloads. `events` changes mappings by their `when` (a JSON merge patch for each; a mapping that
 * there was not is complete), `sentAt`, `type` and `deliveryId` replace the definition's.
 */
export interface PayloadVersion {
  readonly id: string
  readonly detect: PayloadMatch
  readonly overlay: {
    readonly type?: string
    readonly deliveryId?: string
    readonly sentAt?: SentAt
    readonly events?: Readonly<Record<string, JsonObject>>
  }
}

/** Questions by which a vendor finds out whose address it is. */
export type Handshake =
  /** Sends back a parameter of the query as text: on GET, or before the signature of a POST where the vendor signs none. */
  | {
      readonly kind: 'echo_query'
      readonly method: 'GET' | 'POST'
      readonly param: string
      /** Values of other parameters. */
      readonly when?: Readonly<Record<string, string>>
      /** A parameter that must equal one of the integration's keys. */
      readonly verify?: { readonly param: string; readonly key: string }
    }
  /** Sends back a member of a body that was verified. */
  | {
      readonly kind: 'echo_body'
      readonly path: string
      readonly when: Readonly<Record<string, JsonValue>>
    }

/** Several payloads in one delivery. */
export interface WebhookSplit {
  /** Where they are: `*` is every item of a list. `entry.*.changes.*` */
  readonly path: string
  /** What stands in each of them; one in which none of these is there stands for itself. */
  readonly parts?: readonly SplitPart[]
}

export interface SplitPart {
  /** Below what `path` found: `value.messages.*` */
  readonly path: string
  /** Its type, in place of the definition's template. */
  readonly type: string
  /** Its id, in place of the definition's template. */
  readonly deliveryId?: string
  /** The item of another list of the parent whose member `by` equals the part's member `equals`; templates read it as `joined`. */
  readonly join?: { readonly list: string; readonly by: string; readonly equals: string }
}

/** When a delivery was sent, or what it tells of happened. */
export interface SentAt {
  readonly at: string
  /** Default: text is ISO 8601, a number milliseconds. */
  readonly unit?: 's' | 'ms' | 'iso'
  /** Is a delivery outside the window a replay? Only for what the signature covers and each attempt writes anew. */
  readonly window: boolean
}

/** Whose payload it is: a template, and the member of the connection that it must equal. */
export interface AccountRule {
  readonly payload: string
  readonly connection: string
  /** Its ids mean the same in capitals, as hex does. */
  readonly ignoreCase?: true
}

/** A key that a document gives under `webhooks:`. */
export interface WebhookKeyDefinition {
  readonly help: string
  /** `public` is written out (PEM, or base64 of DER); `secret` is `{ secret: NAME }`. */
  readonly kind: 'public' | 'secret'
  /** Of a public key. */
  readonly type?: 'ed25519' | 'rsa' | 'ec'
  readonly optional?: true
}

/** An answer other than 202 with our JSON. */
export interface WebhookAnswer {
  readonly status: 200 | 201 | 202 | 204
  readonly contentType: string
  readonly body: string
}

/** What a vendor sends us, as data. */
export interface WebhookDefinition {
  /** The first scheme whose signature is present decides. */
  readonly schemes: readonly SignatureScheme[]
  /** What schemes and handshakes are checked with, by name. */
  readonly keys: Readonly<Record<string, WebhookKeyDefinition>>
  /** `either`: by the content type, a form or JSON. */
  readonly format: 'json' | 'form' | 'either'
  /** The field of a form that holds the payload as JSON. */
  readonly formJson?: string
  readonly handshake?: readonly Handshake[]
  readonly split?: WebhookSplit
  readonly sentAt: SentAt | null
  readonly toleranceMs: number
  /** The vendor's id of a delivery: a template; without one the body's hash counts, for `hashHorizonMs`. */
  readonly deliveryId: string | null
  readonly hashHorizonMs: number
  /** What names the kind of payload. */
  readonly type: string
  /**
   * Whose account a payload is for. One vendor's key may sign for all its customers: then a signature proves the vendor and not the
   * tenant. The first rule whose template gives something decides. null: the key is the tenant's own.
   */
  readonly account: readonly AccountRule[] | null
  /** Payloads (by type) whose account stands elsewhere. */
  readonly accountOf?: Readonly<Record<string, readonly AccountRule[]>>
  /** Members that belong to the delivery and are no data. */
  readonly envelope: readonly string[]
  readonly events: readonly EventMapping[]
  readonly shapes?: readonly PayloadShape[]
  readonly versions?: readonly PayloadVersion[]
  readonly receipts?: readonly ReceiptMapping[]
  /** Types that tell nothing which is not known already: taken, and nothing is stored. */
  readonly ignores?: readonly string[]
  readonly answer?: WebhookAnswer
  /** What the vendor reads as "try again" when we cannot store it. */
  readonly busyStatus: 429 | 503
  /** How the vendor is told where to send. */
  readonly register?: WebhookRegistration
}
