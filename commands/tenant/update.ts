import { string } from '@oclif/core/flags'
import { reasonFlag, requiredArg } from '../../src/cli/flags.ts'
import { OperatorCommand } from '../../src/cli/operator-command.ts'
import { renderFacts } from '../../src/cli/views/table.ts'
import { tenantFacts } from '../../src/cli/views/tenant-facts.ts'
import { updateTenant } from '../../src/platform/tenants/update-tenant.ts'
import type { Tenant } from '../../src/platform/tenants/tenant.ts'

const policies = ['accept', 'dead_letter'] as const

export default class TenantUpdate extends OperatorCommand<Tenant> {
  static override summary = 'Change the name of a tenant, or what happens to its unknown events.'
  static override description =
    'What is not named stays as it is. The slug never changes. Running daemons follow within a second.'
  static override examples = [
    { description: 'A new name:', command: 'neuronx tenant update acme --name "Acme Corp."' },
    {
      description: 'Put undeclared events aside:',
      command: 'neuronx tenant update acme --unknown-events dead_letter',
    },
  ]
  static override args = { slug: requiredArg('Slug of the tenant.') }
  static override flags = {
    ...reasonFlag,
    name: string({ summary: 'Its name for people.', helpValue: 'TEXT' }),
    'unknown-events': string({
      options: policies,
      summary: 'What happens to events of a type that no EventType declares.',
      helpValue: 'POLICY',
    }),
  }

  override async run(): Promise<Tenant> {
    const { args, flags } = await this.parse(TenantUpdate)
    const unknownEvents = policies.find((policy) => policy === flags['unknown-events'])
    const request = { slug: args.slug, name: flags.name, unknownEvents, reason: flags.reason }
    return this.withOperator((operator) => updateTenant(operator, operator.actor, request))
  }

  protected override render(tenant: Tenant): void {
    this.output.print(renderFacts(tenantFacts(tenant), this.output))
  }
}
