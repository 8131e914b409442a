import { string } from '@oclif/core/flags'
import { reasonFlag, requiredArg } from '../../src/cli/flags.ts'
import { OperatorCommand } from '../../src/cli/operator-command.ts'
import { renderFacts } from '../../src/cli/views/table.ts'
import { tenantFacts } from '../../src/cli/views/tenant-facts.ts'
import { createTenant } from '../../src/platform/tenants/create-tenant.ts'
import type { Tenant } from '../../src/platform/tenants/tenant.ts'

const policies = ['accept', 'dead_letter'] as const

export default class TenantCreate extends OperatorCommand<Tenant> {
  static override summary = 'Create a tenant.'
  static override description =
    'The slug names the tenant in URLs, bus subjects and folders, and never changes: 2 to 40 lower-case letters, digits and dashes.'
  static override examples = [
    { description: 'With a name:', command: 'neuronx tenant create acme --name "Acme Inc."' },
    {
      description: 'One that puts undeclared events aside:',
      command: 'neuronx tenant create acme --unknown-events dead_letter',
    },
  ]
  static override args = { slug: requiredArg('Slug of the new tenant.') }
  static override flags = {
    ...reasonFlag,
    name: string({ summary: 'Its name for people. Default: the slug.', helpValue: 'TEXT' }),
    'unknown-events': string({
      options: policies,
      default: 'accept',
      summary: 'What happens to events of a type that no EventType declares.',
      helpValue: 'POLICY',
    }),
  }

  override async run(): Promise<Tenant> {
    const { args, flags } = await this.parse(TenantCreate)
    const unknownEvents = policies.find((policy) => policy === flags['unknown-events'])
    const request = { slug: args.slug, name: flags.name, unknownEvents, reason: flags.reason }
    return this.withOperator((operator) => createTenant(operator, operator.actor, request))
  }

  protected override render(tenant: Tenant): void {
    this.output.print(renderFacts(tenantFacts(tenant), this.output))
    this.output.tell(`next  neuronx token create --tenant ${tenant.slug} --role ingest`)
  }
}
