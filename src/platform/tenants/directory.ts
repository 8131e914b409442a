import type { TokenInfo } from '../access/token-store.ts'
import type { Tenant } from './tenant.ts'

/** What the daemon must know of every tenant at once, to answer a request without a query. */
export interface DirectorySnapshot {
  /** Grows with every change of a tenant, token, secret or active revision. */
  readonly version: string
  readonly tenants: readonly Tenant[]
  /** Tokens that are neither revoked nor expired, with the sha256 (hex) of each. */
  readonly tokens: readonly (TokenInfo & { readonly hash: string })[]
}

export interface DirectoryStore {
  /** One cheap row: has anything changed? */
  version(): Promise<string>
  load(): Promise<DirectorySnapshot>
}
