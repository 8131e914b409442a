import pg from 'pg'
import type { Database } from '../../../../src/adapters/postgres/database.ts'
import { describeEventLog } from '../../../contracts/event-log.contract.ts'
import { openTestDatabase, querySuperuser } from '../../../support/database.ts'
import type { TestDatabase } from '../../../support/database.ts'
import { incoming, request } from '../../../support/stores/intake.ts'
import { createTenant } from '../../../support/stores/tenants.ts'

describe('the event log on Postgres', () => {
  let opened: { database: Database; test: TestDatabase; close(): Promise<void> }
  before(async () => {
    opened = await openTestDatabase()
  })
  after(async () => opened.close())

  describeEventLog('Postgres', () => {
    const { outbox, overdue, decisions, intake, shardLeases } = opened.database.stores
    return {
      outbox,
      overdue,
      decisions,
      newTenant: async () => (await createTenant(opened.database)).id,
      accept: async (tenantId, externalId, id) => {
        const subject = { kind: 'lead', id }
        await intake.acceptAll([request(tenantId, incoming({ tenantId, externalId, subject }))])
      },
      leases: async () =>
        await shardLeases.heartbeat({ daemonId: 'a', host: 'h', version: '1', leaseMs: 600_000 }),
      loseLeases: async () => {
        await querySuperuser(opened.test, 'update shard set epoch = epoch + 1')
      },
      hold: async () => {
        const client = new pg.Client({ connectionString: opened.test.superuserUrl })
        await client.connect()
        await client.query('begin; select pg_current_xact_id()')
        return async () => client.end()
      },
    }
  })
})
