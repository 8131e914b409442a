import type pg from 'pg'
import type { TokenInfo } from '../../../platform/access/token-store.ts'
import type { DirectorySnapshot, DirectoryStore } from '../../../platform/tenants/directory.ts'
import type { Tenant } from '../../../platform/tenants/tenant.ts'
import { tenantColumns } from './postgres-tenant-store.ts'
import { tokenColumns } from './postgres-token-store.ts'
import { databaseError } from '../connection/database-error.ts'
import { inRole, run } from '../connection/transaction.ts'

const version = { name: 'directory_version', text: 'select version::text as version from directory_version' }
const tenants = { name: 'directory_tenants', text: `select ${tenantColumns} from tenant order by slug` }
const tokens = {
  name: 'directory_tokens',
  text: `
select ${tokenColumns}, encode(hash, 'hex') as hash from api_token
where revoked_at is null and (expires_at is null or expires_at > now()) order by id`,
}

/** All tenants and tokens, for daemons that answer requests from memory. */
export class PostgresDirectoryStore implements DirectoryStore {
  readonly #pool: pg.Pool

  /** `pool` works as neuronx_control. */
  constructor(pool: pg.Pool) {
    this.#pool = pool
  }

  async version(): Promise<string> {
    try {
      const rows = await run<{ version: string }>(this.#pool, version, [])
      return rows[0]?.version ?? '0'
    } catch (error) {
      throw databaseError(error)
    }
  }

  /** The version is read first: what changes while the rest is read is loaded again after the next poll. */
  async load(): Promise<DirectorySnapshot> {
    return inRole(this.#pool, async (client) => {
      const [row] = await run<{ version: string }>(client, version, [])
      return {
        version: row?.version ?? '0',
        tenants: await run<Tenant>(client, tenants, []),
        tokens: await run<TokenInfo & { hash: string }>(client, tokens, []),
      }
    })
  }
}
