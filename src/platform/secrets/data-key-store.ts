import type { Actor } from '../access/actor.ts'
import type { SealedSecret, SealedValue } from './secret-store.ts'

/** A data key of a tenant as one master key (`sealed.keyId`) sealed it. */
export interface SealedDataKey {
  readonly id: string
  readonly tenantId: string
  readonly sealed: SealedValue
}

/** Data keys at rest. Throws NX-DB-…. */
export interface DataKeyStore {
  /** The newest that this master key sealed; null when the tenant has none. */
  newest(tenantId: string, masterKeyId: string): Promise<SealedDataKey | null>
  /** As each master key sealed it; empty when there is none of that id. */
  seals(tenantId: string, id: string): Promise<readonly SealedDataKey[]>
  /** Nothing happens when this master key has sealed it already. */
  add(key: SealedDataKey): Promise<void>
}

/** A version of a secret that is sealed under a master key itself. */
export interface DirectSecret {
  readonly tenantId: string
  readonly name: string
  readonly version: number
  readonly sealed: SealedSecret
}

/** How much hangs on a master key. */
export interface MasterKeyStanding {
  readonly masterKeyId: string
  /** Data keys that it sealed. */
  readonly dataKeys: number
  /** Of these, how many it alone sealed. */
  readonly alone: number
  /** Versions of secrets that it sealed itself. */
  readonly secrets: number
}

/** Exchanging the master key, across tenants. Throws NX-DB-…. */
export interface KeyRotationStore {
  /** The oldest first, by what they sealed. */
  standings(): Promise<readonly MasterKeyStanding[]>
  /** Data keys that `from` sealed and `to` has not, at most `limit`. */
  toReseal(from: string, to: string, limit: number): Promise<readonly SealedDataKey[]>
  addSeal(key: SealedDataKey): Promise<void>
  directSecrets(masterKeyId: string, limit: number): Promise<readonly DirectSecret[]>
  /** false: it changed meanwhile. */
  replaceSeal(secret: DirectSecret, sealed: SealedSecret): Promise<boolean>
  /** Data keys as `masterKeyId` sealed them, by id, after `after`. */
  sealedBy(masterKeyId: string, after: string | null, limit: number): Promise<readonly SealedDataKey[]>
  /** Drops what `retired` sealed where `current` sealed it too; writes an audit row. Returns how many seals went. */
  retire(retired: string, current: string, actor: Actor, reason: string | null): Promise<number>
  /** Writes an audit row. */
  recordReseal(
    from: string,
    to: string,
    counts: ResealCounts,
    actor: Actor,
    reason: string | null,
  ): Promise<void>
}

export interface ResealCounts {
  /** Data keys that got a seal under the new master key. */
  readonly dataKeys: number
  /** Secrets that were moved from the master key to a data key. */
  readonly secrets: number
}
