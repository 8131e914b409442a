import type { JsonObject } from '../../../kernel/json.ts'

/** For whom a payload is made up. */
export interface SampleContext {
  /** Of the integration: its payloads must be for its account. */
  readonly connection: JsonObject
  /** Fresh for every delivery, so that none is taken for a repeat. */
  readonly id: string
  readonly now: Date
}

/** A payload of our own, made up, as a vendor would send it. People and numbers in it do not exist. */
export interface Sample {
  /** The canonical event that comes of it: `contact.created`. */
  readonly event: string
  /** The vendor's own name for it. */
  readonly vendorName: string
  /** Members of the connection without which no payload can be for it. */
  readonly needs: readonly string[]
  readonly format: 'json' | 'form'
  /** A form's members are texts; `payload` holds JSON where the vendor puts it into a form. */
  readonly make: (context: SampleContext) => JsonObject
}

/** A text of the connection; empty when it is not there, which `needs` rules out. */
export function connectionText({ connection }: SampleContext, name: string): string {
  const value = connection[name]
  return typeof value === 'string' ? value : ''
}
