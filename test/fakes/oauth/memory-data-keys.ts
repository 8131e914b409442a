import type { DataKeyStore, SealedDataKey } from '../../../src/platform/secrets/data-key-store.ts'

/** Data keys in memory. */
export class MemoryDataKeys implements DataKeyStore {
  readonly rows: SealedDataKey[] = []

  async newest(tenantId: string, masterKeyId: string): Promise<SealedDataKey | null> {
    const mine = this.rows.filter((row) => row.tenantId === tenantId && row.sealed.keyId === masterKeyId)
    return mine.at(-1) ?? null
  }

  async seals(tenantId: string, id: string): Promise<readonly SealedDataKey[]> {
    return this.rows.filter((row) => row.tenantId === tenantId && row.id === id)
  }

  async add(key: SealedDataKey): Promise<void> {
    const known = this.rows.some((row) => row.id === key.id && row.sealed.keyId === key.sealed.keyId)
    if (!known) this.rows.push(key)
  }
}
