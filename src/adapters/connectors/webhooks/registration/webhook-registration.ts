import type { JsonObject, JsonPrimitive } from '../../../../kernel/json.ts'

/** How a vendor is told where to send. */
export type WebhookRegistration = RegistrationByHand | RegistrationByApi

/** Only a person can: in the vendor's own settings, or by calls that are none of ours. */
export interface RegistrationByHand {
  readonly kind: 'steps'
  /** One after the other. `{{ address }}` is the address. */
  readonly steps: readonly string[]
}

/**
 * By calls of the vendor's API. They are operations that rules cannot call. Their templates read `connection` and, of `input`, what is
 * given below.
 */
export interface RegistrationByApi {
  readonly kind: 'api'
  /**
   * `one`: there is one place for one address, and setting it takes the place of what stands there. `many`: a list of addresses, to
   * which ours is added.
   */
  readonly holds: 'one' | 'many'
  /** Reads what the vendor has. */
  readonly list: RegistrationCall
  /** Where in its answer the entries are. */
  readonly items: string
  /** A member of the answer that is there (and not false) when there are further entries, which are not read. */
  readonly more?: string
  readonly entry: EntryDefinition
  /** Members of the connection without which nothing can be registered, and what to do about it. */
  readonly needs?: { readonly connection: string; readonly says: string }
  /** With `holds: one`: setting it needs an entry that is there, such as a number; what to say when there is none. */
  readonly place?: { readonly says: string }
  /** `input.address`, `input.id` of the entry, and the keys of `keys`. Sets it, or makes an entry. */
  readonly set: RegistrationCall
  /** `input.address`, `input.id`: mends an entry of ours. Default: it is removed, and made anew. */
  readonly change?: RegistrationCall
  /** `input.id`. */
  readonly remove: RegistrationCall
  /** Inputs of `set` that are keys of the webhooks: `verify_token: verifyToken`. */
  readonly keys?: Readonly<Record<string, string>>
  /** The vendor makes up what it signs with and tells it once, in the answer to `set`: which key of the webhooks it is. */
  readonly secret?: { readonly path: string; readonly key: string }
}

/** One call: an operation, as far as registrations need one. */
export interface RegistrationCall {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  readonly path: string
  readonly effect: 'read' | 'create' | 'update' | 'delete'
  readonly query?: JsonObject
  readonly body?: JsonObject
  readonly encode?: 'json' | 'form'
  readonly requires?: readonly string[]
  /** Where the vendor's own description of it stands. */
  readonly spec?: { readonly file: string; readonly path: string }
}

export interface EntryDefinition {
  /** Path of its id; left out: entries have none that is needed. */
  readonly id?: string
  /** Paths of its addresses: all must be ours. */
  readonly addresses: readonly string[]
  /** Where an entry without any address sends, for people. Left out: nowhere. */
  readonly unset?: string
  /** Only entries in which these stand are looked at: path -> member of the connection. */
  readonly match?: Readonly<Record<string, string>>
  /** What else must stand in it, by path; a list must hold at least these. */
  readonly wants?: Readonly<Record<string, JsonPrimitive | readonly JsonPrimitive[]>>
  /** What overrules the address when there is anything at this path, and what to do about it. */
  readonly overruled?: { readonly path: string; readonly says: string }
  /** Path of the time at which it was made, ISO 8601. */
  readonly createdAt?: string
}
