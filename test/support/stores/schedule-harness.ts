import type { Database } from '../../../src/adapters/postgres/database.ts'
import type { SalesConfig } from '../../../src/sales-core/compile/sales-config.ts'
import { openTestDatabase } from '../database.ts'
import type { TestDatabase } from '../database.ts'
import { allShards } from './owned-database.ts'
import { addLeads, schedulesConfig, turnUntilDone } from './schedules.ts'
import { createTenant } from './tenants.ts'

const firstPage = { limit: 500, cursor: null }

/** Schedules on a database of a test's own, with what their tests ask again and again. */
export async function openScheduleHarness() {
  const opened: { database: Database; test: TestDatabase; close(): Promise<void> } = await openTestDatabase()
  const { schedules, scheduleControl } = opened.database.stores
  const config = schedulesConfig()
  return {
    ...opened,
    config,
    /** A tenant with leads whose schedules are rows. */
    setup: async (leads = 0, given: SalesConfig = config) => {
      const tenant = await createTenant(opened.database)
      const place = { tenantId: tenant.id, workspace: 'default' }
      if (leads > 0) await addLeads(opened.test, tenant.id, leads)
      await schedules.sync(place, given.schedules, '1')
      await turnUntilDone(opened.database, given, tenant.id)
      return { tenant, tenantId: tenant.id, place }
    },
    dueOf: async (tenantId: string) =>
      (await schedules.due(allShards, 1_000)).filter((due) => due.tenantId === tenantId),
    runsOf: async (tenantId: string, name = 'review') =>
      (await scheduleControl.runs(tenantId, 'default', name, firstPage)).items,
  }
}

export type ScheduleHarness = Awaited<ReturnType<typeof openScheduleHarness>>
