/** What happens to an event whose type no EventType declares: handled as generic data, or put aside. */
export type UnknownEventPolicy = 'accept' | 'dead_letter'

export interface Tenant {
  readonly id: string
  /** In URLs and bus subjects. Never changes. */
  readonly slug: string
  readonly name: string
  readonly status: 'active' | 'suspended'
  readonly unknownEvents: UnknownEventPolicy
  readonly createdAt: string
}

/** Lower-case letters, digits and dashes; 2 to 40; no dash at either end. Safe in URLs, bus subjects and folder names. */
export const tenantSlugPattern = /^[a-z0-9][a-z0-9-]{0,38}[a-z0-9]$/
