import { requiredArg } from '../../src/cli/flags.ts'
import { OperatorCommand } from '../../src/cli/operator-command.ts'
import { renderFacts } from '../../src/cli/views/table.ts'
import { tenantFacts } from '../../src/cli/views/tenant-facts.ts'
import { showTenant } from '../../src/platform/tenants/show-tenant.ts'
import type { Tenant } from '../../src/platform/tenants/tenant.ts'

export default class TenantShow extends OperatorCommand<Tenant> {
  static override summary = 'Show one tenant.'
  static override description =
    'Its name, its status and what happens to events of a type that it does not declare.'
  static override examples = [
    { description: 'For a person:', command: 'neuronx tenant show acme' },
    { description: 'Its id:', command: 'neuronx tenant show acme --json | jq -r .data.id' },
  ]
  static override args = { slug: requiredArg('Slug of the tenant.') }

  override async run(): Promise<Tenant> {
    const { args } = await this.parse(TenantShow)
    return this.withOperator((operator) => showTenant(operator, operator.actor, { slug: args.slug }))
  }

  protected override render(tenant: Tenant): void {
    this.output.print(renderFacts(tenantFacts(tenant), this.output))
  }
}
