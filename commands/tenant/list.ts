import { OperatorCommand } from '../../src/cli/operator-command.ts'
import { listTenants } from '../../src/platform/tenants/list-tenants.ts'
import type { Tenant } from '../../src/platform/tenants/tenant.ts'

export default class TenantList extends OperatorCommand<readonly Tenant[]> {
  static override summary = 'List the tenants of this installation.'
  static override description = 'By slug. Suspended tenants keep their data; their events are refused.'
  static override examples = [
    { description: 'As a table:', command: 'neuronx tenant list' },
    { description: 'The slugs alone:', command: "neuronx tenant list --json | jq -r '.data[].slug'" },
  ]

  override async run(): Promise<readonly Tenant[]> {
    await this.parse(TenantList)
    return this.withOperator((operator) => listTenants(operator, operator.actor))
  }

  protected override render(tenants: readonly Tenant[]): void {
    const columns = [
      { title: 'SLUG', value: (tenant: Tenant) => tenant.slug },
      { title: 'NAME', value: (tenant: Tenant) => tenant.name, shrink: true },
      { title: 'STATUS', value: (tenant: Tenant) => tenant.status },
      { title: 'UNKNOWN EVENTS', value: (tenant: Tenant) => tenant.unknownEvents },
      { title: 'CREATED', value: (tenant: Tenant) => tenant.createdAt },
    ]
    this.printPage(
      { items: tenants, cursor: null },
      columns,
      'There is no tenant yet: neuronx tenant create SLUG',
    )
  }
}
