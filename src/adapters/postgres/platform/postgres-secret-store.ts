import type pg from 'pg'
import { actorName } from '../../../platform/access/actor.ts'
import type { Actor } from '../../../platform/access/actor.ts'
import type { SealedSecret, SecretInfo, SecretStore } from '../../../platform/secrets/secret-store.ts'
import { inRole, inTenants, run } from '../connection/transaction.ts'
import { writeAudit } from './write-audit.ts'

const infoColumns = 's.name, s.version, s.key_id as "keyId", s.created_at as "updatedAt"'

/** Two who set the same secret at once get one version after the other: the tenant's row makes them wait. */
const holdTenant = { name: 'secret_hold_tenant', text: 'select from tenant where id = $1 for no key update' }
const insert = {
  name: 'secret_insert',
  text: `
insert into secret as s (tenant_id, name, version, ciphertext, nonce, tag, key_id, data_key_id)
select $1, $2, coalesce(max(o.version), 0) + 1, $3, $4, $5, $6, $7 from secret o where o.tenant_id = $1 and o.name = $2
returning ${infoColumns}`,
}
const list = {
  name: 'secret_list',
  text: `select distinct on (s.name) ${infoColumns} from secret s where s.tenant_id = $1 order by s.name, s.version desc`,
}
const get = {
  name: 'secret_get',
  text: `
select ciphertext, nonce, tag, key_id as "keyId", data_key_id as "dataKeyId" from secret
where tenant_id = $1 and name = $2 order by version desc limit 1`,
}

/** Sealed secrets on Postgres: every version is kept, the newest counts. */
export class PostgresSecretStore implements SecretStore {
  readonly #control: pg.Pool
  readonly #app: pg.Pool

  constructor(pools: { control: pg.Pool; app: pg.Pool }) {
    this.#control = pools.control
    this.#app = pools.app
  }

  async put(
    tenantId: string,
    name: string,
    sealed: SealedSecret,
    actor: Actor,
    reason: string | null,
  ): Promise<SecretInfo> {
    return inRole(this.#control, async (client) => {
      await run(client, holdTenant, [tenantId])
      const { ciphertext, nonce, tag, keyId, dataKeyId } = sealed
      const values = [tenantId, name, ciphertext, nonce, tag, keyId, dataKeyId]
      const info = (await run<SecretInfo>(client, insert, values))[0] as SecretInfo
      await writeAudit(client, {
        tenantId,
        actor: actorName(actor),
        action: 'secret.set',
        target: `secret/${name}`,
        reason,
        before: info.version === 1 ? null : { version: info.version - 1 },
        after: { version: info.version, keyId: info.keyId },
      })
      return info
    })
  }

  async list(tenantId: string): Promise<readonly SecretInfo[]> {
    return inTenants(this.#app, [tenantId], async (client) => run<SecretInfo>(client, list, [tenantId]))
  }

  async get(tenantId: string, name: string): Promise<SealedSecret | null> {
    const rows = await inTenants(this.#app, [tenantId], async (client) =>
      run<SealedSecret>(client, get, [tenantId, name]),
    )
    return rows[0] ?? null
  }
}
