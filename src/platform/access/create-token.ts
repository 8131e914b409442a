import type { Clock } from '../../kernel/clock.ts'
import { NxError } from '../../kernel/errors.ts'
import { findTenant } from '../tenants/find-tenant.ts'
import type { TenantStore } from '../tenants/tenant-store.ts'
import type { Actor, Role } from './actor.ts'
import { newTokenSecret, tokenHash } from './token-secret.ts'
import type { TokenInfo, TokenStore } from './token-store.ts'

export interface CreateTokenRequest {
  /** The tenant's slug. */
  readonly tenant: string
  readonly role: Role
  /** Default: `default`. */
  readonly workspace?: string | undefined
  /** For people, at most 200 characters. */
  readonly label?: string | null | undefined
  /** How long it is valid, milliseconds, at most ten years; null or absent: until it is revoked. */
  readonly validForMs?: number | null | undefined
  readonly reason?: string | null | undefined
}

export interface CreatedToken {
  /** The only time that it is seen. */
  readonly token: string
  readonly info: TokenInfo
}

const labelCharsMax = 200
const validForMsMax = 3650 * 86_400_000
const workspacePattern = /^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$/

/**
 * Makes a token for a tenant's workspace. Needs token.manage on the tenant. Only the token's sha256 is stored. Throws NX-DENIED,
 * NX-TENANT-NOT-FOUND, NX-TOKEN-REQUEST (invalid).
 */
export async function createToken(
  {
    tenants,
    tokens,
    clock,
  }: { readonly tenants: TenantStore; readonly tokens: TokenStore; readonly clock: Clock },
  actor: Actor,
  request: CreateTokenRequest,
): Promise<CreatedToken> {
  const tenant = await findTenant(tenants, actor, 'token.manage', request.tenant)
  const { role, workspace = 'default', label = null, validForMs = null, reason = null } = request
  if (!workspacePattern.test(workspace)) {
    throw refused(`'${workspace}' is not a workspace`, 'Use 1 to 40 lower-case letters, digits and dashes.')
  }
  if (label !== null && (label === '' || label.length > labelCharsMax || /\p{Cc}/u.test(label))) {
    throw refused('This cannot be a label', `Use 1 to ${labelCharsMax} characters on one line.`)
  }
  if (validForMs !== null && !(validForMs > 0 && validForMs <= validForMsMax)) {
    throw refused('A token is valid for a positive time of at most ten years', 'Give a time such as 90d.')
  }
  const token = newTokenSecret()
  const expiresAt = validForMs === null ? null : new Date(clock.now().getTime() + validForMs).toISOString()
  const info = await tokens.create(
    { tenantId: tenant.id, workspace, role, label, hash: tokenHash(token), expiresAt },
    actor,
    reason,
  )
  return { token, info }
}

function refused(title: string, fix: string): NxError {
  return new NxError('invalid', 'NX-TOKEN-REQUEST', title, { fix })
}
