import type { Actor } from '../access/actor.ts'

/** A value at rest: AES-256-GCM, bound to its tenant and name by the additional data. */
export interface SealedValue {
  readonly ciphertext: Buffer
  readonly nonce: Buffer
  readonly tag: Buffer
  /** Which key sealed it: the first 8 hex digits of the key's sha256. */
  readonly keyId: string
}

/** A secret at rest, and the data key that it is sealed under; null: the master key itself, as before there were data keys. */
export interface SealedSecret extends SealedValue {
  readonly dataKeyId: string | null
}

export interface SecretInfo {
  readonly name: string
  readonly version: number
  readonly keyId: string
  readonly updatedAt: string
}

export interface SecretStore {
  put(
    tenantId: string,
    name: string,
    sealed: SealedSecret,
    actor: Actor,
    reason: string | null,
  ): Promise<SecretInfo>
  list(tenantId: string): Promise<readonly SecretInfo[]>
  /** null when there is none of that name. */
  get(tenantId: string, name: string): Promise<SealedSecret | null>
}
