import type { Actor, Role } from './actor.ts'

/** A token as it may be shown: never its secret, which exists only as a sha256. */
export interface TokenInfo {
  readonly id: string
  readonly tenantId: string
  readonly workspace: string
  readonly role: Role
  readonly label: string | null
  readonly createdAt: string
  readonly expiresAt: string | null
  readonly revokedAt: string | null
}

export interface TokenStore {
  create(
    token: {
      tenantId: string
      workspace: string
      role: Role
      label: string | null
      hash: Buffer
      expiresAt: string | null
    },
    actor: Actor,
    reason: string | null,
  ): Promise<TokenInfo>
  list(tenantId: string): Promise<readonly TokenInfo[]>
  /** Throws NX-TOKEN-NOT-FOUND. */
  revoke(tenantId: string, tokenId: string, actor: Actor, reason: string | null): Promise<TokenInfo>
}
