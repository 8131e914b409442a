import type pg from 'pg'
import { openPool } from '../../../src/adapters/postgres/connection/pool.ts'
import type { DatabaseRole } from '../../../src/adapters/postgres/connection/pool.ts'
import type { Database, DatabaseOptions } from '../../../src/adapters/postgres/database.ts'
import { silentLogger } from '../../../src/kernel/logger.ts'
import { shardCount } from '../../../src/messaging/events/entity-key.ts'
import type { ShardLease } from '../../../src/messaging/ownership/shard-leases.ts'
import { openTestDatabase } from '../database.ts'
import type { TestDatabase } from '../database.ts'

export const allShards: readonly number[] = Array.from({ length: shardCount }, (_, shard) => shard)

export interface OwnedDatabase {
  readonly database: Database
  readonly test: TestDatabase
  /** Of all shards, for an hour, to daemon `a`. */
  readonly leases: readonly ShardLease[]
  close(): Promise<void>
}

/** A test database whose shards all belong to one daemon, `a`. */
export async function openOwnedDatabase(options: Partial<DatabaseOptions> = {}): Promise<OwnedDatabase> {
  const opened = await openTestDatabase(options)
  return { ...opened, leases: await ownShards(opened.database) }
}

/** Makes `a` the owner of all shards that nobody has. */
export async function ownShards({ stores }: Database): Promise<readonly ShardLease[]> {
  const lease = { daemonId: 'a', host: 'h', version: '1', leaseMs: 3_600_000 }
  return await stores.shardLeases.heartbeat(lease)
}

/** Connections that work as a role of ours. Whoever opens them ends them. */
export function poolOf(test: TestDatabase, role: DatabaseRole, max = 2): pg.Pool {
  return openPool({
    ...{ url: test.url, role, max, applicationName: 'test', logger: silentLogger },
    ...{ connectTimeoutMs: 5_000, statementTimeoutMs: 20_000, idleInTransactionTimeoutMs: 20_000 },
  })
}
