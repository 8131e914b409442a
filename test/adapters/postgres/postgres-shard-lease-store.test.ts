import type { Database } from '../../../src/adapters/postgres/database.ts'
import { describeShardLeaseStore } from '../../contracts/shard-leases.contract.ts'
import { openTestDatabase, querySuperuser } from '../../support/database.ts'
import type { TestDatabase } from '../../support/database.ts'

describe('PostgresShardLeaseStore', () => {
  let opened: { database: Database; test: TestDatabase; close(): Promise<void> }
  before(async () => {
    opened = await openTestDatabase()
  })
  after(async () => opened.close())

  describeShardLeaseStore('Postgres', () => ({
    store: opened.database.stores.shardLeases,
    reset: async () => {
      await querySuperuser(opened.test, 'delete from daemon')
      await querySuperuser(opened.test, 'update shard set owner = null, lease_until = null')
    },
    expire: async (daemonId) => {
      await querySuperuser(
        opened.test,
        `update daemon set heartbeat_at = now() - interval '1 hour' where id = $1`,
        [daemonId],
      )
      await querySuperuser(
        opened.test,
        `update shard set lease_until = now() - interval '1 ms' where owner = $1`,
        [daemonId],
      )
    },
  }))
})
