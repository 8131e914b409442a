import { randomBytes } from 'node:crypto'
import { NxError } from '../../kernel/errors.ts'
import { newId } from '../../kernel/ids.ts'
import type { DataKeyStore, SealedDataKey } from './data-key-store.ts'
import { masterKeyBytes, masterKeyOf, openSecret, sealSecret } from './secret-box.ts'
import type { MasterKey, SecretAddress } from './secret-box.ts'
import type { SealedSecret } from './secret-store.ts'

/** An opened data key. It has the shape of a master key: both seal the same way. */
interface DataKey {
  readonly id: string
  readonly key: MasterKey
}

/** Opened data keys that are kept in memory; the one opened first goes first. */
const keptMax = 2_000

/**
 * Seals values under data keys of their tenants, and data keys under the master key (envelope encryption): the master key can be
 * exchanged without opening a single value. Values that are sealed under the master key itself, as all once were, open as well.
 */
export class Vault {
  readonly #masterKey: MasterKey
  readonly #store: DataKeyStore
  readonly #opened = new Map<string, Promise<DataKey>>()
  readonly #current = new Map<string, Promise<DataKey>>()

  constructor(options: { readonly masterKey: MasterKey; readonly keys: DataKeyStore }) {
    this.#masterKey = options.masterKey
    this.#store = options.keys
  }

  get masterKeyId(): string {
    return this.#masterKey.id
  }

  /** Throws NX-SECRET-KEY, NX-SECRET-DAMAGED, NX-DB-…. */
  async seal(address: SecretAddress, value: Buffer): Promise<SealedSecret> {
    return (await this.sealer(address.tenantId))(address.name, value)
  }

  /** Gets the tenant's data key ready, so that sealing cannot fail afterwards. Throws as `seal`. */
  async sealer(tenantId: string): Promise<(name: string, value: Buffer) => SealedSecret> {
    const { id, key } = await kept(this.#current, tenantId, async () => await this.#currentKey(tenantId))
    return (name, value) => ({ ...sealSecret(key, { tenantId, name }, value), dataKeyId: id })
  }

  /** Throws NX-SECRET-KEY when another master key is needed, NX-SECRET-DAMAGED, NX-DB-…. */
  async open(address: SecretAddress, sealed: SealedSecret): Promise<Buffer> {
    if (sealed.dataKeyId === null) return openSecret(this.#masterKey, address, sealed)
    const { key } = await this.#dataKey(address, sealed.dataKeyId)
    return openSecret(key, address, sealed)
  }

  async #dataKey({ tenantId, name }: SecretAddress, id: string): Promise<DataKey> {
    return await kept(this.#opened, `${tenantId}/${id}`, async () => {
      const seals = await this.#store.seals(tenantId, id)
      const mine = seals.find(({ sealed }) => sealed.keyId === this.#masterKey.id) ?? seals[0]
      if (mine !== undefined) return openDataKey(this.#masterKey, mine)
      throw new NxError('configuration', 'NX-SECRET-DAMAGED', `The secret '${name}' does not open`, {
        detail: 'The data key that it is sealed under is gone.',
        fix: `Set it again: neuronx secret set ${name} --tenant SLUG < file`,
      })
    })
  }

  /** Two processes that make a tenant's first key at once leave two; both work. */
  async #currentKey(tenantId: string): Promise<DataKey> {
    const newest = await this.#store.newest(tenantId, this.#masterKey.id)
    if (newest !== null) return openDataKey(this.#masterKey, newest)
    const fresh: DataKey = { id: newId(), key: masterKeyOf(randomBytes(masterKeyBytes)) }
    await this.#store.add(sealDataKey(this.#masterKey, tenantId, fresh))
    return fresh
  }
}

/** Throws NX-SECRET-KEY when another master key sealed it, NX-SECRET-DAMAGED. */
export function openDataKey(masterKey: MasterKey, { id, tenantId, sealed }: SealedDataKey): DataKey {
  return { id, key: masterKeyOf(openSecret(masterKey, addressOf(tenantId, id), sealed)) }
}

export function sealDataKey(masterKey: MasterKey, tenantId: string, { id, key }: DataKey): SealedDataKey {
  return { id, tenantId, sealed: sealSecret(masterKey, addressOf(tenantId, id), key.bytes) }
}

/** No secret's name holds a slash: a data key cannot be passed off as a secret. */
function addressOf(tenantId: string, id: string): SecretAddress {
  return { tenantId, name: `data-key/${id}` }
}

/** What failed is not kept. */
async function kept<T>(cache: Map<string, Promise<T>>, key: string, make: () => Promise<T>): Promise<T> {
  const held = cache.get(key)
  if (held !== undefined) return await held
  const made = make()
  cache.set(key, made)
  const [oldest] = cache.keys()
  if (cache.size > keptMax && oldest !== undefined) cache.delete(oldest)
  try {
    return await made
  } catch (error) {
    if (cache.get(key) === made) cache.delete(key)
    throw error
  }
}
