import { compileIntegrations } from '../../adapters/connectors/compile-integrations.ts'
import type { CompiledIntegrations } from '../../adapters/connectors/compile-integrations.ts'
import type { Integration, IntegrationProvider } from '../../adapters/connectors/integration.ts'
import type { WebhookRoute, WebhookRoutes } from '../../adapters/gateway/gateway-ports.ts'
import type { StoredDocument } from '../../control-plane/documents/document.ts'
import { loadEffective } from '../../control-plane/resolution/load-effective.ts'
import type { RevisionStore } from '../../control-plane/revisions/revision-store.ts'
import { NxError } from '../../kernel/errors.ts'
import { compileSalesConfig } from '../../sales-core/compile/compile-sales-config.ts'
import { RuleBlockStore } from '../../sales-core/rules/index/rule-block-store.ts'
import type { Tenant } from '../../platform/tenants/tenant.ts'
import type { SalesConfig } from '../../sales-core/compile/sales-config.ts'
import type { ConfigProvider, TenantConfig } from '../../sales-core/processing/config-provider.ts'
import { compileAlertRoutes } from '../alerts/compile-alert-routes.ts'
import type { CompiledAlertRoute } from '../alerts/compile-alert-routes.ts'
import { documentKinds } from '../kinds.ts'
import type { Rollout } from '../../control-plane/rollout/rollout.ts'
import type { EffectiveDocuments } from '../../control-plane/revisions/revision-store.ts'
import type { ServedRollout } from '../../sales-core/processing/arms/served-rollout.ts'
import { candidateKey, compileCandidate } from './rollout/compile-candidate.ts'
import type { CompiledCandidate } from './rollout/compile-candidate.ts'
import type { LiveRollouts } from './rollout/live-rollouts.ts'
import { serveRollout } from './rollout/serve-rollout.ts'
import type { TenantDirectory } from './tenant-directory.ts'
import { VersionedCache } from './versioned-cache.ts'
import { webhookWorkspaces } from './webhook-workspaces.ts'

/** What one (tenant, workspace) is under, compiled. */
export interface WorkspaceConfig {
  readonly sales: SalesConfig
  readonly integrations: CompiledIntegrations
  readonly alertRoutes: readonly CompiledAlertRoute[]
  /** What a rollout under way would make of it; null: none covers it. */
  readonly candidate: CompiledCandidate | null
  readonly rollout: ServedRollout | null
}

const workspacesMax = 2_000
const noRollouts: Pick<LiveRollouts, 'version' | 'covering' | 'refuse'> = {
  version: '',
  covering: () => null,
  refuse: () => {},
}

/**
 * The active configuration of every workspace, compiled when it is first used and again when its digest changed, and beside it the
 * candidate of a rollout that covers it. A change is noticed through the directory's version, so `config apply` takes effect within a
 * second and without a restart.
 */
export class WorkspaceConfigs implements ConfigProvider, IntegrationProvider, WebhookRoutes {
  readonly #revisions: Pick<RevisionStore, 'effective' | 'active' | 'document' | 'revision'>
  readonly #directory: Pick<TenantDirectory, 'version' | 'byId'>
  readonly #rollouts: Pick<LiveRollouts, 'version' | 'covering' | 'refuse'>
  readonly #configs = new VersionedCache<WorkspaceConfig>(workspacesMax)
  /** One for all: most rules are the same from one configuration to the next, and from workspace to workspace. */
  readonly #blocks = new RuleBlockStore()
  readonly #hooks = new VersionedCache<ReadonlyMap<string, string>>(workspacesMax)
  readonly #failovers = new VersionedCache<boolean>(workspacesMax)

  constructor(options: {
    revisions: Pick<RevisionStore, 'effective' | 'active' | 'document' | 'revision'>
    directory: Pick<TenantDirectory, 'version' | 'byId'>
    /** Default: there are none. */
    rollouts?: Pick<LiveRollouts, 'version' | 'covering' | 'refuse'>
  }) {
    this.#revisions = options.revisions
    this.#directory = options.directory
    this.#rollouts = options.rollouts ?? noRollouts
  }

  /** Throws NX-CONFIG-STORED-INVALID, NX-TENANT-NOT-FOUND, and what the store throws. */
  async config(tenantId: string, workspace: string): Promise<WorkspaceConfig> {
    const version = this.#version()
    return await this.#configs.get(`${tenantId}/${workspace}`, version, async (before) => {
      const rollout = this.#rollouts.covering(tenantId, workspace)
      const effective = await this.#revisions.effective(tenantId, workspace)
      const config = this.#compile(tenantId, effective, before)
      if (rollout === null) {
        return before === config && before.candidate === null
          ? before
          : { ...config, candidate: null, rollout: null }
      }
      return {
        ...config,
        ...(await this.#serve(rollout, effective, tenantId, workspace, before?.candidate ?? null)),
      }
    })
  }

  /** Of the directory and of the rollouts, which are read after it: either may move first. */
  #version(): string {
    const { version } = this.#rollouts
    return version === '' ? this.#directory.version : `${this.#directory.version} ${version}`
  }

  #compile(tenantId: string, effective: EffectiveDocuments, before: WorkspaceConfig | null): WorkspaceConfig {
    const { digest } = effective
    if (before !== null && before.sales.digest === digest) return before
    const set = loadEffective(effective, documentKinds)
    const integrations = compileIntegrations(set)
    return {
      integrations,
      alertRoutes: compileAlertRoutes(set, integrations.catalog),
      sales: compileSalesConfig(set, digest, integrations.catalog, this.#tenant(tenantId).slug, this.#blocks),
      candidate: null,
      rollout: null,
    }
  }

  /** Another step or share of the same candidate compiles nothing anew. */
  async #serve(
    rollout: Rollout,
    effective: EffectiveDocuments,
    tenantId: string,
    workspace: string,
    before: CompiledCandidate | null,
  ): Promise<Pick<WorkspaceConfig, 'candidate' | 'rollout'>> {
    const { slug } = this.#tenant(tenantId)
    const candidate =
      before?.key === candidateKey(effective, rollout)
        ? before
        : await compileCandidate(this.#revisions, effective, rollout, {
            tenantId,
            tenantSlug: slug,
            workspace,
            blocks: this.#blocks,
          })
    if ('unusable' in candidate.made) {
      const { code, message } = candidate.made.unusable
      this.#rollouts.refuse(rollout.id, `${code}: ${message}`)
    }
    return { candidate, rollout: serveRollout(rollout, slug, candidate) }
  }

  async configFor(tenantId: string, workspace: string): Promise<TenantConfig> {
    const { sales, rollout } = await this.config(tenantId, workspace)
    return { config: sales, unknownEvents: this.#tenant(tenantId).unknownEvents, rollout }
  }

  async document(tenantId: string, digest: string): Promise<StoredDocument | null> {
    return await this.#revisions.document(tenantId, digest)
  }

  /** An operation that only a candidate brings is its own; all others are the active configuration's. */
  async integration(
    tenantId: string,
    workspace: string,
    name: string,
    operation?: string,
  ): Promise<Integration | null> {
    const { integrations, candidate } = await this.config(tenantId, workspace)
    const active = integrations.byName.get(name) ?? null
    if (candidate === null || 'unusable' in candidate.made) return active
    const lacks = operation === undefined ? active === null : !active?.connector.operations.has(operation)
    return lacks ? (candidate.made.integrations.byName.get(name) ?? active) : active
  }

  /** An integration's name is unique within a tenant, so the name alone says whose workspace its webhooks are for. */
  async route(tenantId: string, integration: string): Promise<WebhookRoute | null> {
    const workspace = (await this.places(tenantId)).get(integration)
    if (workspace === undefined) return null
    const receiver = (await this.integration(tenantId, workspace, integration))?.webhooks ?? null
    return receiver === null ? null : { workspace, receiver }
  }

  /** The workspace that each integration of a tenant belongs to, by its name: where its webhooks go. */
  async places(tenantId: string): Promise<ReadonlyMap<string, string>> {
    return await this.#hooks.get(
      tenantId,
      this.#directory.version,
      async () => await this.#findHooks(tenantId),
    )
  }

  async #findHooks(tenantId: string): Promise<ReadonlyMap<string, string>> {
    return webhookWorkspaces(await this.#revisions.active(tenantId))
  }

  /**
   * Does any Integration document of the tenant, in whatever scope, name another to send over? While a rollout is under way the answer
   * is yes, for its candidate may.
   */
  async namesFailover(tenantId: string): Promise<boolean> {
    if (this.#rollouts.version !== '') return true
    return await this.#failovers.get(tenantId, this.#directory.version, async () => {
      const documents = (await this.#revisions.active(tenantId)).flatMap((revision) => revision.documents)
      return documents.some(
        ({ kind, body }) => kind === 'Integration' && JSON.stringify(body).includes('"failover"'),
      )
    })
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
