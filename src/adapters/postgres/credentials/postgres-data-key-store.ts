import type pg from 'pg'
import { actorName } from '../../../platform/access/actor.ts'
import type { Actor } from '../../../platform/access/actor.ts'
import type {
  DataKeyStore,
  DirectSecret,
  KeyRotationStore,
  MasterKeyStanding,
  ResealCounts,
  SealedDataKey,
} from '../../../platform/secrets/data-key-store.ts'
import type { SealedSecret } from '../../../platform/secrets/secret-store.ts'
import { inRole, inTenants, run, runAlone } from '../connection/transaction.ts'
import { writeAudit } from '../platform/write-audit.ts'
import * as sql from './data-key-statements.ts'

interface KeyRow {
  readonly id: string
  readonly tenantId: string
  readonly masterKeyId: string
  readonly ciphertext: Buffer
  readonly nonce: Buffer
  readonly tag: Buffer
}

type SecretRow = Pick<DirectSecret, 'tenantId' | 'name' | 'version'> & SealedSecret

/** Data keys on Postgres: a tenant's as neuronx_app, the exchange of the master key as neuronx_control. */
export class PostgresDataKeyStore implements DataKeyStore, KeyRotationStore {
  readonly #app: pg.Pool
  readonly #control: pg.Pool

  constructor(pools: { readonly app: pg.Pool; readonly control: pg.Pool }) {
    this.#app = pools.app
    this.#control = pools.control
  }

  async newest(tenantId: string, masterKeyId: string): Promise<SealedDataKey | null> {
    const [row] = await inTenants(this.#app, [tenantId], async (client) =>
      run<KeyRow>(client, sql.newest, [tenantId, masterKeyId]),
    )
    return row === undefined ? null : keyOf(row)
  }

  async seals(tenantId: string, id: string): Promise<readonly SealedDataKey[]> {
    const rows = await inTenants(this.#app, [tenantId], async (client) =>
      run<KeyRow>(client, sql.seals, [tenantId, id]),
    )
    return rows.map(keyOf)
  }

  async add(key: SealedDataKey): Promise<void> {
    await inTenants(this.#app, [key.tenantId], async (client) => run(client, sql.add, valuesOf(key)))
  }

  async standings(): Promise<readonly MasterKeyStanding[]> {
    return await runAlone<MasterKeyStanding>(this.#control, sql.standings, [])
  }

  async toReseal(from: string, to: string, limit: number): Promise<readonly SealedDataKey[]> {
    return (await runAlone<KeyRow>(this.#control, sql.toReseal, [from, to, limit])).map(keyOf)
  }

  async addSeal(key: SealedDataKey): Promise<void> {
    await runAlone(this.#control, sql.add, valuesOf(key))
  }

  async directSecrets(masterKeyId: string, limit: number): Promise<readonly DirectSecret[]> {
    const rows = await runAlone<SecretRow>(this.#control, sql.directSecrets, [masterKeyId, limit])
    return rows.map(({ tenantId, name, version, ...sealed }) => ({ tenantId, name, version, sealed }))
  }

  async replaceSeal({ tenantId, name, version }: DirectSecret, sealed: SealedSecret): Promise<boolean> {
    const { ciphertext, nonce, tag, keyId, dataKeyId } = sealed
    const values = [tenantId, name, version, ciphertext, nonce, tag, keyId, dataKeyId]
    return (await runAlone(this.#control, sql.replaceSeal, values)).length > 0
  }

  async sealedBy(
    masterKeyId: string,
    after: string | null,
    limit: number,
  ): Promise<readonly SealedDataKey[]> {
    return (await runAlone<KeyRow>(this.#control, sql.sealedBy, [masterKeyId, after, limit])).map(keyOf)
  }

  async retire(retired: string, current: string, actor: Actor, reason: string | null): Promise<number> {
    return await inRole(this.#control, async (client) => {
      const dropped = (await run(client, sql.retire, [retired, current])).length
      await writeAudit(client, {
        tenantId: null,
        actor: actorName(actor),
        action: 'master_key.retire',
        target: `master_key/${retired}`,
        reason,
        before: { dataKeys: dropped },
        after: { current },
      })
      return dropped
    })
  }

  async recordReseal(
    from: string,
    to: string,
    counts: ResealCounts,
    actor: Actor,
    reason: string | null,
  ): Promise<void> {
    await inRole(this.#control, async (client) => {
      await writeAudit(client, {
        tenantId: null,
        actor: actorName(actor),
        action: 'master_key.reseal',
        target: `master_key/${to}`,
        reason,
        before: { masterKey: from },
        after: { masterKey: to, dataKeys: counts.dataKeys, secrets: counts.secrets },
      })
    })
  }
}

function keyOf({ id, tenantId, masterKeyId, ciphertext, nonce, tag }: KeyRow): SealedDataKey {
  return { id, tenantId, sealed: { ciphertext, nonce, tag, keyId: masterKeyId } }
}

function valuesOf({ id, tenantId, sealed }: SealedDataKey): readonly unknown[] {
  return [id, tenantId, sealed.keyId, sealed.ciphertext, sealed.nonce, sealed.tag]
}
