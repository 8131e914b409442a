import type { DirectorySnapshot } from '../tenants/directory.ts'
import type { Tenant } from '../tenants/tenant.ts'
import type { Actor } from './actor.ts'
import { tokenHash, tokenPattern } from './token-secret.ts'
import type { TokenInfo } from './token-store.ts'

/** A token that is valid now, and whose it is. */
export interface VerifiedToken {
  readonly token: TokenInfo
  readonly tenant: Tenant
  readonly actor: Extract<Actor, { kind: 'token' }>
}

/** The tokens of a directory by the hex sha256 of each. Built once per snapshot. */
export type TokenIndex = ReadonlyMap<string, VerifiedToken>

export function indexTokens({ tenants, tokens }: Pick<DirectorySnapshot, 'tenants' | 'tokens'>): TokenIndex {
  const tenantById = new Map(tenants.map((tenant) => [tenant.id, tenant]))
  return new Map(
    tokens.flatMap(({ hash, ...token }) => {
      const tenant = tenantById.get(token.tenantId)
      if (tenant === undefined) return []
      const { id: tokenId, tenantId, workspace, role } = token
      const actor = { kind: 'token', tokenId, tenantId, workspace, role } as const
      return [[hash, { token, tenant, actor }] as const]
    }),
  )
}

/**
 * Whose token this is; null for one that is unknown, revoked or expired. The look-up is by hash, so its time says nothing about how
 * much of a guess was right. `now` decides about expiry: the snapshot may be older.
 */
export function verifyToken(index: TokenIndex, presented: string, now: Date): VerifiedToken | null {
  if (!tokenPattern.test(presented)) return null
  const found = index.get(tokenHash(presented).toString('hex'))
  if (found === undefined || found.token.revokedAt !== null) return null
  const { expiresAt } = found.token
  return expiresAt !== null && new Date(expiresAt).getTime() <= now.getTime() ? null : found
}
