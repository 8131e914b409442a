import type { Actor } from '../access/actor.ts'
import { findTenant } from '../tenants/find-tenant.ts'
import type { TenantStore } from '../tenants/tenant-store.ts'
import type { SecretInfo, SecretStore } from './secret-store.ts'

/** The names and versions of a tenant's secrets, never a value. Needs secret.read. Throws NX-DENIED, NX-TENANT-NOT-FOUND. */
export async function listSecrets(
  { tenants, secrets }: { readonly tenants: TenantStore; readonly secrets: Pick<SecretStore, 'list'> },
  actor: Actor,
  { tenant: slug }: { readonly tenant: string },
): Promise<readonly SecretInfo[]> {
  const tenant = await findTenant(tenants, actor, 'secret.read', slug)
  return secrets.list(tenant.id)
}
