import type { Database } from '../../../src/adapters/postgres/database.ts'
import { describeEventIntakeStore } from '../../contracts/event-intake.contract.ts'
import { openTestDatabase, querySuperuser } from '../../support/database.ts'
import type { TestDatabase } from '../../support/database.ts'
import { createTenant } from '../../support/stores/tenants.ts'

describe('PostgresEventIntakeStore', () => {
  let opened: { database: Database; test: TestDatabase; close(): Promise<void> }
  before(async () => {
    opened = await openTestDatabase()
  })
  after(async () => opened.close())

  describeEventIntakeStore('Postgres', () => ({
    store: opened.database.stores.intake,
    newTenant: async () => (await createTenant(opened.database)).id,
    sequence: async (tenantId, leadId) =>
      querySuperuser(
        opened.test,
        `select external_id as "externalId", entity_seq::integer as "entitySeq" from event_log
         where tenant_id = $1 and entity_key = $2 order by entity_seq`,
        [tenantId, `default/lead/${leadId}`],
      ),
    deadLetters: async (tenantId) =>
      (await opened.database.stores.messages.deadLetters(tenantId, {}, { limit: 10, cursor: null })).items,
    expireKeys: async (tenantId) => {
      await querySuperuser(opened.test, 'update inbox set expires_at = now() where tenant_id = $1', [
        tenantId,
      ])
    },
  }))
})
