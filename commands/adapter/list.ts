import { boolean } from '@oclif/core/flags'
import type { KnownConnector } from '../../src/app/adapters/catalog/known-connectors.ts'
import type { AdapterStanding } from '../../src/app/adapters/catalog/list-adapters.ts'
import { adapterColumns, connectorColumns } from '../../src/cli/adapters/adapter-columns.ts'
import { tenantFlag, workspaceFlag } from '../../src/cli/flags.ts'
import { OperatorCommand } from '../../src/cli/operator-command.ts'
import { systemClock } from '../../src/kernel/clock.ts'
import { renderTable } from '../../src/cli/views/table.ts'

interface Adapters {
  readonly at: string
  readonly connectors: readonly KnownConnector[]
  /** null: only connectors were asked for. */
  readonly integrations: readonly AdapterStanding[] | null
}

export default class AdapterList extends OperatorCommand<Adapters> {
  static override summary = "List a tenant's integrations and the connectors there are."
  static override description =
    'MODE is that of the document; OFF what a person switched off with `adapter disable`. Webhooks are signed, UNSIGNED (who sends is proven, what stands in them is not), or have no key: then all of them are refused. The last call is known to a tenth of a second.'
  static override examples = [
    { description: "A tenant's integrations:", command: 'neuronx adapter list --tenant acme' },
    {
      description: 'What documents can name; needs no database:',
      command: 'neuronx adapter list --connectors',
    },
  ]
  static override flags = {
    ...tenantFlag,
    ...workspaceFlag,
    connectors: boolean({ summary: 'Connectors alone.' }),
  }

  override async run(): Promise<Adapters> {
    const { flags } = await this.parse(AdapterList)
    const { knownConnectors } = await import('../../src/app/adapters/catalog/known-connectors.ts')
    const connectors = knownConnectors()
    if (flags.connectors) return { at: systemClock.now().toISOString(), connectors, integrations: null }
    return this.withTenant(flags.tenant, 'config.read', async ({ operator, tenant }) => {
      const { listAdapters } = await import('../../src/app/adapters/catalog/list-adapters.ts')
      const place = { tenantId: tenant.id, slug: tenant.slug, workspace: flags.workspace }
      const integrations = await listAdapters(operator, place)
      return { at: operator.clock.now().toISOString(), connectors, integrations }
    })
  }

  protected override render({ at, connectors, integrations }: Adapters): void {
    if (integrations === null)
      return this.output.print(renderTable(connectors, connectorColumns, this.output))
    if (integrations.length === 0) this.output.tell('The configuration has no integrations.')
    else this.output.print(renderTable(integrations, adapterColumns(new Date(at)), this.output))
    const names = connectors.map(({ connector }) => connector).join(', ')
    this.output.tell(this.output.errorTheme.faint(`Connectors: ${names}`))
  }
}
