import { sendTarget } from '../../adapters/connectors/catalog/send-target.ts'
import type { Command } from '../../messaging/commands/command.ts'
import type { SendContext, SendContexts } from '../../sales-core/policies/send-context.ts'
import { policiesNamedBy } from '../../sales-core/policies/send-context.ts'
import type { TenantDirectory } from './tenant-directory.ts'
import type { WorkspaceConfigs } from './workspace-configs.ts'

/** What commands are judged under, out of the compiled configuration: no round trip while that is known. */
export class ConfiguredSends implements SendContexts {
  readonly #configs: Pick<WorkspaceConfigs, 'config' | 'integration'>
  readonly #directory: Pick<TenantDirectory, 'byId'>

  constructor(
    configs: Pick<WorkspaceConfigs, 'config' | 'integration'>,
    directory: Pick<TenantDirectory, 'byId'>,
  ) {
    this.#configs = configs
    this.#directory = directory
  }

  async contextOf({ tenantId, workspace, integration, operation }: Command): Promise<SendContext> {
    const { sales } = await this.#configs.config(tenantId, workspace)
    const found = await this.#configs.integration(tenantId, workspace, integration, operation)
    const tenant = this.#directory.byId(tenantId)
    return {
      tenantActive: tenant === null ? null : tenant.status === 'active',
      target: found === null ? null : sendTarget(found, operation),
      policies: sales.policies,
      catalog: sales.catalog,
      commandsPerDay: sales.limits.commandsPerDay,
      listensTo: sales.listensTo,
      policiesOf: (workflow) => policiesNamedBy(sales, workflow),
    }
  }
}
