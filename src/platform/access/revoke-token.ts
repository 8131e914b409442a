import { NxError } from '../../kernel/errors.ts'
import { isUuid } from '../../kernel/ids.ts'
import { findTenant } from '../tenants/find-tenant.ts'
import type { TenantStore } from '../tenants/tenant-store.ts'
import type { Actor } from './actor.ts'
import type { TokenInfo, TokenStore } from './token-store.ts'

export interface RevokeTokenRequest {
  /** The tenant's slug. */
  readonly tenant: string
  readonly tokenId: string
  readonly reason?: string | null | undefined
}

/**
 * Ends a token; running daemons follow within a second. Needs token.manage on the tenant. Throws NX-DENIED, NX-TENANT-NOT-FOUND,
 * NX-TOKEN-NOT-FOUND.
 */
export async function revokeToken(
  { tenants, tokens }: { readonly tenants: TenantStore; readonly tokens: Pick<TokenStore, 'revoke'> },
  actor: Actor,
  { tenant: slug, tokenId, reason = null }: RevokeTokenRequest,
): Promise<TokenInfo> {
  const tenant = await findTenant(tenants, actor, 'token.manage', slug)
  if (!isUuid(tokenId)) {
    throw new NxError('not_found', 'NX-TOKEN-NOT-FOUND', 'There is no such token', {
      fix: `List the tokens with \`neuronx token list --tenant ${tenant.slug}\`; the id is a UUID, not the token itself.`,
    })
  }
  return tokens.revoke(tenant.id, tokenId, actor, reason)
}
