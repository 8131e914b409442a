import { compileIntegrations } from '../../adapters/connectors/compile-integrations.ts'
import type { CompiledIntegrations } from '../../adapters/connectors/compile-integrations.ts'
import type { Integration, IntegrationProvider } from '../../adapters/connectors/integration.ts'
import type { WebhookRoute, WebhookRoutes } from '../../adapters/gateway/gateway-ports.ts'
import type { StoredDocument } from '../../control-plane/documents/document.ts'
import { loadDocuments } from '../../control-plane/documents/load-documents.ts'
import type { RevisionStore } from '../../control-plane/revisions/revision-store.ts'
import { NxError } from '../../kernel/errors.ts'
import { compileSalesConfig } from '../../sales-core/compile/compile-sales-config.ts'
import type { Tenant } from '../../platform/tenants/tenant.ts'
import type { SalesConfig } from '../../sales-core/compile/sales-config.ts'
import type { ConfigProvider, TenantConfig } from '../../sales-core/processing/config-provider.ts'
import { compileAlertRoutes } from '../alerts/compile-alert-routes.ts'
import type { CompiledAlertRoute } from '../alerts/compile-alert-routes.ts'
import { documentKinds } from '../kinds.ts'
import type { TenantDirectory } from './tenant-directory.ts'
import { VersionedCache } from './versioned-cache.ts'

/** What one (tenant, workspace) is under, compiled. */
export interface WorkspaceConfig {
  readonly sales: SalesConfig
  readonly integrations: CompiledIntegrations
  readonly alertRoutes: readonly CompiledAlertRoute[]
}

const workspacesMax = 2_000

/**
 * The active configuration of every workspace, compiled when it is first used and again when its digest changed. A change is
 * noticed through the directory's version, so `config apply` takes effect within a second and without a restart.
 */
export class WorkspaceConfigs implements ConfigProvider, IntegrationProvider, WebhookRoutes {
  readonly #revisions: Pick<RevisionStore, 'effective' | 'active' | 'document'>
  readonly #directory: Pick<TenantDirectory, 'version' | 'byId'>
  readonly #configs = new VersionedCache<WorkspaceConfig>(workspacesMax)
  readonly #hooks = new VersionedCache<ReadonlyMap<string, string>>(workspacesMax)

  constructor(options: {
    revisions: Pick<RevisionStore, 'effective' | 'active' | 'document'>
    directory: Pick<TenantDirectory, 'version' | 'byId'>
  }) {
    this.#revisions = options.revisions
    this.#directory = options.directory
  }

  /** Throws NX-CONFIG-STORED-INVALID, NX-TENANT-NOT-FOUND, and what the store throws. */
  async config(tenantId: string, workspace: string): Promise<WorkspaceConfig> {
    const { version } = this.#directory
    return await this.#configs.get(`${tenantId}/${workspace}`, version, async (before) => {
      const { digest, documents } = await this.#revisions.effective(tenantId, workspace)
      if (before !== null && before.sales.digest === digest) return before
      const set = loadDocuments(documents, documentKinds)
      const integrations = compileIntegrations(set)
      return {
        integrations,
        alertRoutes: compileAlertRoutes(set, integrations.catalog),
        sales: compileSalesConfig(set, digest, integrations.catalog, this.#tenant(tenantId).slug),
      }
    })
  }

  async configFor(tenantId: string, workspace: string): Promise<TenantConfig> {
    const { sales } = await this.config(tenantId, workspace)
    return { config: sales, unknownEvents: this.#tenant(tenantId).unknownEvents }
  }

  async document(tenantId: string, digest: string): Promise<StoredDocument | null> {
    return await this.#revisions.document(tenantId, digest)
  }

  async integration(tenantId: string, workspace: string, name: string): Promise<Integration | null> {
    const { integrations } = await this.config(tenantId, workspace)
    return integrations.byName.get(name) ?? null
  }

  /** An integration's name is unique within a tenant, so the name alone says whose workspace its webhooks are for. */
  async route(tenantId: string, integration: string): Promise<WebhookRoute | null> {
    const hooks = await this.#hooks.get(
      tenantId,
      this.#directory.version,
      async () => await this.#findHooks(tenantId),
    )
    const workspace = hooks.get(integration)
    if (workspace === undefined) return null
    const receiver = (await this.integration(tenantId, workspace, integration))?.webhooks ?? null
    return receiver === null ? null : { workspace, receiver }
  }

  async #findHooks(tenantId: string): Promise<ReadonlyMap<string, string>> {
    const hooks = new Map<string, string>()
    for (const { scope, documents } of await this.#revisions.active(tenantId)) {
      const workspace = scope.level === 'workspace' ? scope.workspace : 'default'
      for (const { kind, name } of documents) if (kind === 'Integration') hooks.set(name, workspace)
    }
    return hooks
  }

  #tenant(tenantId: string): Tenant {
    const tenant = this.#directory.byId(tenantId)
    if (tenant !== null) return tenant
    throw new NxError('not_found', 'NX-TENANT-NOT-FOUND', 'The tenant is not known yet', {
      detail: tenantId,
      retryable: true,
    })
  }
}
