import { sha256Hex } from '../../kernel/digest.ts'
import { NxError } from '../../kernel/errors.ts'
import { requirePermission } from '../../platform/access/actor.ts'
import type { Actor, Permission } from '../../platform/access/actor.ts'
import type { Tenant } from '../../platform/tenants/tenant.ts'
import type { GatewayDirectory } from './gateway-ports.ts'

/** Who asks, as the token says. The tenant and the workspace come from here and from nowhere else. */
export interface Caller {
  readonly actor: Actor
  readonly tenant: Tenant
  readonly workspace: string
}

/**
 * Reads `Authorization: Bearer …`. Only the token's hash is looked up, so nothing is compared byte by byte with a secret.
 * Throws NX-HTTP-TOKEN (unauthenticated), NX-DENIED when the role lacks the permission.
 */
export function authenticate(
  directory: GatewayDirectory,
  header: string | undefined,
  permission: Permission,
): Caller {
  const token = bearerToken(header)
  const known = token === null ? null : directory.byTokenHash(sha256Hex(token))
  if (known === null) {
    throw new NxError('unauthenticated', 'NX-HTTP-TOKEN', 'The request carries no usable token', {
      fix: 'Send Authorization: Bearer TOKEN. A token is made with: neuronx token create --tenant TENANT --role ROLE',
    })
  }
  const { token: info, tenant } = known
  const actor: Actor = {
    kind: 'token',
    tokenId: info.id,
    tenantId: tenant.id,
    workspace: info.workspace,
    role: info.role,
  }
  requirePermission(actor, permission, tenant.id)
  return { actor, tenant, workspace: info.workspace }
}

/** The token of `Authorization: Bearer …`; null when there is none that could be one. */
export function bearerToken(header: string | undefined): string | null {
  return /^Bearer +([\x21-\x7e]{8,512})$/i.exec(header ?? '')?.[1] ?? null
}
