import { boolean } from '@oclif/core/flags'
import type { AdapterDescription } from '../../src/app/adapters/catalog/describe-adapter.ts'
import { renderAdapter } from '../../src/cli/adapters/render-adapter.ts'
import { requiredArg, tenantFlag, workspaceFlag } from '../../src/cli/flags.ts'
import { OperatorCommand } from '../../src/cli/operator-command.ts'

export default class AdapterShow extends OperatorCommand<AdapterDescription> {
  static override summary = 'Show what an integration can do, takes and needs.'
  static override description =
    'IDEMPOTENCY says why an operation may be repeated when nobody knows whether it took effect: native (the vendor knows a repeat by our key), natural (it reads, or sets rather than adds), verifiable (a look tells), none (a person must tell). Credentials are shown by name, never by value.'
  static override examples = [
    { description: 'An integration of a tenant:', command: 'neuronx adapter show ghl --tenant acme' },
    {
      description: 'A built-in connector; needs no database:',
      command: 'neuronx adapter show twilio --connector',
    },
  ]
  static override args = { name: requiredArg('Name of the integration, or of the connector.') }
  static override flags = {
    ...tenantFlag,
    ...workspaceFlag,
    connector: boolean({ summary: 'NAME is a built-in connector.', exclusive: ['tenant'] }),
  }

  override async run(): Promise<AdapterDescription> {
    const { args, flags } = await this.parse(AdapterShow)
    const { describeAdapter, describeConnector } =
      await import('../../src/app/adapters/catalog/describe-adapter.ts')
    if (flags.connector) {
      const { knownConnector } = await import('../../src/app/adapters/catalog/known-connectors.ts')
      return describeConnector(knownConnector(args.name))
    }
    return this.withTenant(flags.tenant, 'config.read', async ({ operator, tenant, settings }) => {
      const { activeAdapter } = await import('../../src/app/adapters/catalog/active-adapter.ts')
      const place = { tenantId: tenant.id, slug: tenant.slug, workspace: flags.workspace }
      const found = await activeAdapter(operator, place, args.name)
      return describeAdapter(found, place, settings, await operator.reconcile.standings(tenant.id, args.name))
    })
  }

  protected override render(description: AdapterDescription): void {
    this.output.print(renderAdapter(description, this.output))
  }
}
