import type { SecretStore } from './secret-store.ts'
import type { Vault } from './vault.ts'

/** A secret of a tenant in the clear; null when none of that name is stored. Throws NX-SECRET-…, NX-DB-…. */
export async function openSecret(
  store: Pick<SecretStore, 'get'>,
  vault: Pick<Vault, 'open'>,
  tenantId: string,
  name: string,
): Promise<string | null> {
  const sealed = await store.get(tenantId, name)
  return sealed === null ? null : (await vault.open({ tenantId, name }, sealed)).toString('utf8')
}
