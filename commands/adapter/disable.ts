import { string } from '@oclif/core/flags'
import type { SwitchResult } from '../../src/app/adapters/switch-integration.ts'
import { requiredArg, tenantFlag, workspaceFlag } from '../../src/cli/flags.ts'
import { OperatorCommand } from '../../src/cli/operator-command.ts'

export default class AdapterDisable extends OperatorCommand<SwitchResult> {
  static override summary = 'Switch an integration off for all daemons, without a configuration change.'
  static override description =
    'Its gate is shut until somebody enables it: no call is made, commands wait in order and spend no attempts; those that wait longer than a day become dead letters, which can be replayed. Calls under way end. Webhooks are taken as before. An alert reminds of it. Asks before; without a terminal it needs --yes.'
  static override examples = [
    {
      description: 'While a vendor is in trouble:',
      command: 'neuronx adapter disable ghl --tenant acme --reason "messages arrive twice"',
    },
    {
      description: 'From a script:',
      command: 'neuronx adapter disable ghl --tenant acme --reason incident-42 --yes --json',
    },
  ]
  static override args = { name: requiredArg('Name of the integration.') }
  static override flags = {
    ...tenantFlag,
    ...workspaceFlag,
    reason: string({
      required: true,
      summary: 'Why; kept in the audit log and shown by `adapter list`.',
      helpValue: 'TEXT',
    }),
  }

  override async run(): Promise<SwitchResult> {
    const { args, flags } = await this.parse(AdapterDisable)
    await this.confirmed(`Make no call of ${args.name} until somebody enables it?`)
    return this.withTenant(flags.tenant, 'integration.manage', async ({ operator, tenant }) => {
      const { switchIntegration } = await import('../../src/app/adapters/switch-integration.ts')
      const place = { tenantId: tenant.id, slug: tenant.slug, workspace: flags.workspace }
      return await switchIntegration(operator, place, args.name, { enabled: false, reason: flags.reason })
    })
  }

  protected override render({ integration, unchanged }: SwitchResult): void {
    this.output.print(`${integration} is disabled${unchanged ? ', as it was' : ''}`)
    this.output.tell(`undo  neuronx adapter enable ${integration} --tenant ${this.tenantSlug}`)
  }
}
