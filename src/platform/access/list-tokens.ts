import { findTenant } from '../tenants/find-tenant.ts'
import type { TenantStore } from '../tenants/tenant-store.ts'
import type { Actor } from './actor.ts'
import type { TokenInfo, TokenStore } from './token-store.ts'

/** A tenant's tokens, revoked ones included, never their secrets. Needs token.manage. Throws NX-DENIED, NX-TENANT-NOT-FOUND. */
export async function listTokens(
  { tenants, tokens }: { readonly tenants: TenantStore; readonly tokens: Pick<TokenStore, 'list'> },
  actor: Actor,
  { tenant: slug }: { readonly tenant: string },
): Promise<readonly TokenInfo[]> {
  const tenant = await findTenant(tenants, actor, 'token.manage', slug)
  return tokens.list(tenant.id)
}
