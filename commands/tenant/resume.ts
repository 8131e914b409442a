import { reasonFlag, requiredArg } from '../../src/cli/flags.ts'
import { OperatorCommand } from '../../src/cli/operator-command.ts'
import { resumeTenant } from '../../src/platform/tenants/resume-tenant.ts'
import type { Tenant } from '../../src/platform/tenants/tenant.ts'

export default class TenantResume extends OperatorCommand<Tenant> {
  static override summary = 'Let the events of a suspended tenant in again.'
  static override description =
    'Events that were refused meanwhile are not kept: their producers have to send them again.'
  static override examples = [
    { description: 'Undo a suspension:', command: 'neuronx tenant resume acme' },
    {
      description: 'With a reason for the audit log:',
      command: 'neuronx tenant resume acme --reason "invoice paid"',
    },
  ]
  static override args = { slug: requiredArg('Slug of the tenant.') }
  static override flags = { ...reasonFlag }

  override async run(): Promise<Tenant> {
    const { args, flags } = await this.parse(TenantResume)
    const request = { slug: args.slug, reason: flags.reason }
    return this.withOperator((operator) => resumeTenant(operator, operator.actor, request))
  }

  protected override render(tenant: Tenant): void {
    this.output.print(`${tenant.slug} is ${tenant.status}`)
  }
}
