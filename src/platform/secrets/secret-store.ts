import type { Actor } from '../access/actor.ts'

/** A secret at rest: AES-256-GCM, bound to its tenant and name by the additional data. */
export interface SealedSecret {
  readonly ciphertext: Buffer
  readonly nonce: Buffer
  readonly tag: Buffer
  /** Which master key sealed it: the first 8 hex digits of the key's sha256. */
  readonly keyId: string
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
