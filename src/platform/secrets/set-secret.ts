import { NxError } from '../../kernel/errors.ts'
import type { Actor } from '../access/actor.ts'
import { findTenant } from '../tenants/find-tenant.ts'
import type { TenantStore } from '../tenants/tenant-store.ts'
import type { SecretInfo, SecretStore } from './secret-store.ts'
import type { Vault } from './vault.ts'

export interface SetSecretRequest {
  /** The tenant's slug. */
  readonly tenant: string
  readonly name: string
  /** As read from a file or a pipe: one line end at its end is not part of the secret. At most 64 KiB. */
  readonly value: Buffer
  readonly reason?: string | null | undefined
}

/** Secret names: lower-case letters, digits and dashes, 1 to 63; the same shape as documents'. */
export const secretNamePattern = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/

/** The largest secret, bytes. */
export const secretBytesMax = 64 * 1024

export interface SetSecretPorts {
  readonly tenants: TenantStore
  readonly secrets: Pick<SecretStore, 'put'>
  readonly vault: Pick<Vault, 'seal'>
}

/**
 * Seals a secret and stores it as the name's next version. Needs secret.manage on the tenant. The value is in no result, error or audit
 * row. Throws NX-DENIED, NX-TENANT-NOT-FOUND, NX-SECRET-NAME and NX-SECRET-VALUE (invalid).
 */
export async function setSecret(
  { tenants, secrets, vault }: SetSecretPorts,
  actor: Actor,
  { tenant: slug, name, value, reason = null }: SetSecretRequest,
): Promise<SecretInfo> {
  const tenant = await findTenant(tenants, actor, 'secret.manage', slug)
  if (!secretNamePattern.test(name)) {
    throw new NxError('invalid', 'NX-SECRET-NAME', `'${name.slice(0, 80)}' cannot be a secret's name`, {
      fix: 'Use 1 to 63 lower-case letters, digits and dashes, with no dash at either end.',
    })
  }
  const content = withoutLineEnd(value)
  if (content.length === 0 || content.length > secretBytesMax) {
    const title =
      content.length === 0 ? 'The secret is empty' : `The secret is larger than ${secretBytesMax} bytes`
    throw new NxError('invalid', 'NX-SECRET-VALUE', title, {
      fix: `Give it on standard input: neuronx secret set ${name} --tenant ${tenant.slug} < file`,
    })
  }
  return secrets.put(tenant.id, name, await vault.seal({ tenantId: tenant.id, name }, content), actor, reason)
}

function withoutLineEnd(value: Buffer): Buffer {
  if (value.at(-1) !== 0x0a) return value
  return value.subarray(0, value.at(-2) === 0x0d ? -2 : -1)
}
