import type { TenantScope } from '../operator-command.ts'

/** A tenant's facts for a person. */
export function tenantFacts(tenant: TenantScope['tenant']): readonly (readonly [string, string])[] {
  return [
    ['SLUG', tenant.slug],
    ['NAME', tenant.name],
    ['STATUS', tenant.status],
    ['UNKNOWN EVENTS', tenant.unknownEvents],
    ['CREATED', tenant.createdAt],
    ['ID', tenant.id],
  ]
}
