import { reasonFlag, requiredArg, tenantFlag, workspaceFlag } from '../../../src/cli/flags.ts'
import { OperatorCommand } from '../../../src/cli/operator-command.ts'
import { NxError } from '../../../src/kernel/errors.ts'

interface Logout {
  readonly integration: string
  readonly workspace: string
}

export default class AdapterAuthLogout extends OperatorCommand<Logout> {
  static override summary = 'Forget the tokens of an integration.'
  static override description =
    'Also for one that the configuration no longer has. Its calls wait from then on until somebody logs in. The vendor is not told: take the consent back there as well. Daemons go on with the token they hold for half a minute.'
  static override examples = [
    {
      description: 'A customer has left:',
      command: 'neuronx adapter auth logout ghl --tenant acme --reason "contract ended"',
    },
    {
      description: 'Of one workspace, without being asked:',
      command: 'neuronx adapter auth logout ghl --tenant acme --workspace dubai --yes',
    },
  ]
  static override args = { name: requiredArg('Name of the integration.') }
  static override flags = { ...tenantFlag, ...workspaceFlag, ...reasonFlag }

  override async run(): Promise<Logout> {
    const { args, flags } = await this.parse(AdapterAuthLogout)
    const { workspace } = flags
    return this.withTenant(flags.tenant, 'secret.manage', async ({ operator, tenant }) => {
      await this.confirmed(`Forget the tokens of ${args.name} (workspace ${workspace}) of ${tenant.slug}?`)
      const place = { tenantId: tenant.id, workspace, integration: args.name }
      if (await operator.credentials.remove(place, operator.actor, flags.reason ?? null))
        return { integration: args.name, workspace }
      throw new NxError('not_found', 'NX-AUTH-NO-LOGIN', `There are no tokens of '${args.name}'`, {
        detail: `In workspace ${workspace}.`,
        fix: 'neuronx adapter auth status --tenant SLUG --workspace NAME',
      })
    })
  }

  protected override render({ integration, workspace }: Logout): void {
    this.output.print(`The tokens of ${integration} (workspace ${workspace}) are forgotten`)
  }
}
