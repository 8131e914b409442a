import { expect } from 'chai'
import type { Database } from '../../../../src/adapters/postgres/database.ts'
import { noCrashPoints } from '../../../../src/kernel/crash-points.ts'
import type { CrashPointName } from '../../../../src/kernel/crash-points.ts'
import { describeRequestKeys } from '../../../contracts/request-keys.contract.ts'
import { openTestDatabase, querySuperuser } from '../../../support/database.ts'
import type { TestDatabase } from '../../../support/database.ts'
import { incoming, request } from '../../../support/stores/intake.ts'
import { createTenant } from '../../../support/stores/tenants.ts'

describe('PostgresEventIntakeStore, keys of requests', () => {
  const reached: CrashPointName[] = []
  const crashPoints = { ...noCrashPoints, reach: (point: CrashPointName) => void reached.push(point) }
  let opened: { database: Database; test: TestDatabase; close(): Promise<void> }
  before(async () => {
    opened = await openTestDatabase({ crashPoints })
  })
  after(async () => opened.close())

  describeRequestKeys('Postgres', () => ({
    store: opened.database.stores.intake,
    newTenant: async () => (await createTenant(opened.database)).id,
    logged: async (tenantId) => {
      const [row] = await querySuperuser<{ count: number }>(
        opened.test,
        'select count(*)::integer as count from event_log where tenant_id = $1',
        [tenantId],
      )
      return row?.count ?? 0
    },
    expireKeys: async (tenantId) => {
      await querySuperuser(opened.test, 'update inbox set expires_at = now() where tenant_id = $1', [
        tenantId,
      ])
    },
  }))

  it('names the points before and after its commit', async () => {
    const tenantId = (await createTenant(opened.database)).id
    reached.length = 0
    await opened.database.stores.intake.acceptAll([request(tenantId, incoming({ tenantId }))])
    expect(reached).to.deep.equal(['intake.before_commit', 'intake.after_commit'])
  })
})
