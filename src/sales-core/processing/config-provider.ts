import type { StoredDocument } from '../../control-plane/documents/document.ts'
import type { UnknownEventPolicy } from '../../platform/tenants/tenant.ts'
import type { SalesConfig } from '../compile/sales-config.ts'
import type { ServedRollout } from './arms/served-rollout.ts'

/** What an event of a tenant's workspace is decided under. */
export interface TenantConfig {
  readonly config: SalesConfig
  readonly unknownEvents: UnknownEventPolicy
  /** A candidate on its way: `config` is its baseline then. Left out or null: there is none. */
  readonly rollout?: ServedRollout | null
}

/** The active configuration. Implementations cache; a change is followed within a second. */
export interface ConfigProvider {
  /** Throws a retryable NxError when it cannot be loaded now. */
  configFor(tenantId: string, workspace: string): Promise<TenantConfig>
  /** A document by digest, active or not; null when there is none. Throws a retryable NxError when it cannot be loaded now. */
  document(tenantId: string, digest: string): Promise<StoredDocument | null>
}
