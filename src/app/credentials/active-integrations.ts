import { compileIntegrations } from '../../adapters/connectors/compile-integrations.ts'
import type { Integration, IntegrationProvider } from '../../adapters/connectors/integration.ts'
import type { RevisionStore } from '../../control-plane/revisions/revision-store.ts'
import { activeDocuments } from '../configuration/active-documents.ts'

/** The integrations of a workspace's active configuration, for commands: read and compiled at every call. */
export class ActiveIntegrations implements IntegrationProvider {
  readonly #revisions: Pick<RevisionStore, 'effective'>

  constructor(revisions: Pick<RevisionStore, 'effective'>) {
    this.#revisions = revisions
  }

  async integration(tenantId: string, workspace: string, name: string): Promise<Integration | null> {
    return (await this.all(tenantId, workspace)).get(name) ?? null
  }

  /** By name. Throws NX-CONFIG-STORED-INVALID, NX-DB-…. */
  async all(tenantId: string, workspace: string): Promise<ReadonlyMap<string, Integration>> {
    return compileIntegrations(await activeDocuments(this.#revisions, { tenantId, workspace })).byName
  }
}
