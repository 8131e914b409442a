import type { JsonPrimitive } from '../../../kernel/json.ts'

/** What a document's `connection:` holds under one name. */
export interface FieldDefinition {
  readonly type: 'string' | 'number' | 'boolean'
  readonly help: string
  /** A regular expression that text must match as a whole. */
  readonly pattern?: string | undefined
  readonly values?: readonly string[] | undefined
  readonly optional?: true | undefined
  readonly default?: JsonPrimitive | undefined
}

/** A secret that a document names. */
export interface CredentialDefinition {
  readonly help: string
  readonly optional?: true | undefined
}

/** Something known about a vendor, where it is from, and when it was checked. */
export interface Fact {
  readonly says: string
  readonly source: string
  /** YYYY-MM-DD. */
  readonly checked: string
}

/** A version of the vendor's API: what differs from the definition, as a JSON Merge Patch (RFC 7396). */
export interface ApiVersion {
  readonly id: string
  readonly default?: true | undefined
  /** When the vendor ends it, YYYY-MM-DD. */
  readonly sunset?: string | undefined
  readonly overlay: Readonly<Record<string, unknown>>
}
