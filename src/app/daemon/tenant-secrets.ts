import type { SecretResolver } from '../../adapters/connectors/auth/secret-resolver.ts'
import { openSecret } from '../../platform/secrets/open-secret.ts'
import type { SecretStore } from '../../platform/secrets/secret-store.ts'
import type { Vault } from '../../platform/secrets/vault.ts'
import type { TenantDirectory } from './tenant-directory.ts'
import { VersionedCache } from './versioned-cache.ts'

const secretsMax = 5_000

/** Opens tenants' secrets for the calls that need them. Kept in memory until anything in the directory changes. */
export class TenantSecrets implements SecretResolver {
  readonly #store: Pick<SecretStore, 'get'>
  readonly #vault: Pick<Vault, 'open'>
  readonly #directory: Pick<TenantDirectory, 'version'>
  readonly #opened = new VersionedCache<string | null>(secretsMax)

  constructor(options: {
    store: Pick<SecretStore, 'get'>
    vault: Pick<Vault, 'open'>
    directory: Pick<TenantDirectory, 'version'>
  }) {
    this.#store = options.store
    this.#vault = options.vault
    this.#directory = options.directory
  }

  async resolve(tenantId: string, name: string): Promise<string | null> {
    return await this.#opened.get(
      `${tenantId}/${name}`,
      this.#directory.version,
      async () => await openSecret(this.#store, this.#vault, tenantId, name),
    )
  }
}
