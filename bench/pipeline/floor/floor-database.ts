import type pg from 'pg'
import { openPool } from '../../../src/adapters/postgres/connection/pool.ts'
import type { DatabaseRole } from '../../../src/adapters/postgres/connection/pool.ts'
import { silentLogger } from '../../../src/kernel/logger.ts'

export interface FloorPools {
  readonly app: pg.Pool
  readonly relay: pg.Pool
}

/** The pools of neuronx, with its sizes. */
export function openFloorPools(url: string): FloorPools {
  return { app: pool(url, 'neuronx_app', 8), relay: pool(url, 'neuronx_relay', 3) }
}

function pool(url: string, role: DatabaseRole, max: number): pg.Pool {
  return openPool({
    url,
    role,
    max,
    applicationName: 'floor',
    connectTimeoutMs: 5_000,
    statementTimeoutMs: 30_000,
    idleInTransactionTimeoutMs: 15_000,
    logger: silentLogger,
  })
}

/** One transaction of the tenant, as the stores open it. */
export async function inTenant(
  { pools, tenantId }: { readonly pools: FloorPools; readonly tenantId: string },
  work: (client: pg.PoolClient) => Promise<void>,
): Promise<void> {
  await inRole(pools.app, work, `begin; set local nx.tenants = '{${tenantId}}'`)
}

/** One transaction. A failure ends the process: the floor repairs nothing. */
export async function inRole<T>(
  from: pg.Pool,
  work: (client: pg.PoolClient) => Promise<T>,
  begin = 'begin',
): Promise<T> {
  const client = await from.connect()
  await client.query(begin)
  const result = await work(client)
  await client.query('commit')
  client.release()
  return result
}
