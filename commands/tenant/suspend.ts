import { reasonFlag, requiredArg } from '../../src/cli/flags.ts'
import { OperatorCommand } from '../../src/cli/operator-command.ts'
import { suspendTenant } from '../../src/platform/tenants/suspend-tenant.ts'
import type { Tenant } from '../../src/platform/tenants/tenant.ts'

export default class TenantSuspend extends OperatorCommand<Tenant> {
  static override summary = 'Refuse the events of a tenant from now on.'
  static override description =
    'What was accepted is still carried out; its data stays. Asks before; without a terminal it needs --yes. `tenant resume` undoes it.'
  static override examples = [
    {
      description: 'With a reason for the audit log:',
      command: 'neuronx tenant suspend acme --reason "contract ended"',
    },
    { description: 'In a script:', command: 'neuronx tenant suspend acme --yes' },
  ]
  static override args = { slug: requiredArg('Slug of the tenant.') }
  static override flags = { ...reasonFlag }

  override async run(): Promise<Tenant> {
    const { args, flags } = await this.parse(TenantSuspend)
    await this.confirmed(`Suspend the tenant ${args.slug}? Its events will be refused.`)
    const request = { slug: args.slug, reason: flags.reason }
    return this.withOperator((operator) => suspendTenant(operator, operator.actor, request))
  }

  protected override render(tenant: Tenant): void {
    this.output.print(`${tenant.slug} is ${tenant.status}`)
  }
}
