import type { SwitchResult } from '../../src/app/adapters/switch-integration.ts'
import { reasonFlag, requiredArg, tenantFlag, workspaceFlag } from '../../src/cli/flags.ts'
import { OperatorCommand } from '../../src/cli/operator-command.ts'

export default class AdapterEnable extends OperatorCommand<SwitchResult> {
  static override summary = 'Switch an integration on again.'
  static override description =
    'One call finds out whether the vendor is there; then what waited goes on in order, beginning with one call a second and doubling. What its document says (mode) stays as it is.'
  static override examples = [
    { description: 'After a disable:', command: 'neuronx adapter enable ghl --tenant acme' },
    {
      description: 'With a reason for the audit log:',
      command: 'neuronx adapter enable ghl --tenant acme --reason "mended by the vendor"',
    },
  ]
  static override args = { name: requiredArg('Name of the integration.') }
  static override flags = {
    ...tenantFlag,
    ...workspaceFlag,
    ...reasonFlag,
  }

  override async run(): Promise<SwitchResult> {
    const { args, flags } = await this.parse(AdapterEnable)
    return this.withTenant(flags.tenant, 'integration.manage', async ({ operator, tenant }) => {
      const { switchIntegration } = await import('../../src/app/adapters/switch-integration.ts')
      const place = { tenantId: tenant.id, slug: tenant.slug, workspace: flags.workspace }
      return await switchIntegration(operator, place, args.name, {
        enabled: true,
        reason: flags.reason ?? null,
      })
    })
  }

  protected override render({ integration, unchanged }: SwitchResult): void {
    this.output.print(unchanged ? `${integration} was not disabled` : `${integration} is enabled`)
  }
}
