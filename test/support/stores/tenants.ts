import type { Database } from '../../../src/adapters/postgres/database.ts'
import type { Actor } from '../../../src/platform/access/actor.ts'
import type { Tenant } from '../../../src/platform/tenants/tenant.ts'

export const testActor: Actor = { kind: 'local', user: 'test', role: 'owner' }

let made = 0

/** A new tenant with a slug that no other test of this run has. */
export async function createTenant(database: Database): Promise<Tenant> {
  made += 1
  return database.stores.tenants.create(
    { slug: `tenant-${made}`, name: `Tenant ${made}`, unknownEvents: 'accept' },
    testActor,
    null,
  )
}
