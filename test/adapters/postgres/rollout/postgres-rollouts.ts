import type pg from 'pg'
import { inTenants } from '../../../../src/adapters/postgres/connection/transaction.ts'
import type { Database } from '../../../../src/adapters/postgres/database.ts'
import { writeObservations } from '../../../../src/adapters/postgres/rollout/write-observations.ts'
import { newId } from '../../../../src/kernel/ids.ts'
import type { RolloutHarness } from '../../../contracts/rollout/rollout-harness.ts'
import { querySuperuser } from '../../../support/database.ts'
import type { TestDatabase } from '../../../support/database.ts'
import { createTenant, testActor } from '../../../support/stores/tenants.ts'
import { poolOf } from '../../../support/stores/owned-database.ts'

/** Rollouts on a test database, with observations written as daemons write them. Close the pool when done. */
export function postgresRollouts(
  database: Database,
  test: TestDatabase,
): RolloutHarness & { readonly app: pg.Pool } {
  const { stores } = database
  const app = poolOf(test, 'neuronx_app')
  return {
    app,
    store: stores.rollouts,
    revisions: stores.revisions,
    quarantine: stores.quarantine,
    newTenant: async () => await createTenant(database),
    suspend: async (slug) =>
      void (await stores.tenants.update(slug, { status: 'suspended' }, testActor, null)),
    observe: async (observations) =>
      await inTenants(
        app,
        observations.map(({ tenantId }) => tenantId),
        async (client) => await writeObservations(client, observations),
      ),
    command: async (tenantId, entityKey, eventId) => {
      const id = newId()
      await querySuperuser(
        test,
        `insert into command values ($1, $2, 'eu', $3, $4, $4, 'c', 0, 'x', null, 'sink', 'hit', '{}', 'k', 1, true, now(), false, null)`,
        [id, tenantId, entityKey, eventId],
      )
      await querySuperuser(
        test,
        `insert into command_lane (command_id, lane_key, tenant_id, integration, priority, state, next_attempt_at, repeatable)
         values ($1::uuid, $1::text, $2, 'sink', 1, 'waiting', now(), true)`,
        [id, tenantId],
      )
      return id
    },
    settle: async (id, tenantId, state, outside = false) => {
      const error = state === 'dead' ? { code: 'NX-CALL-REFUSED', status: outside ? 503 : 422 } : null
      await querySuperuser(test, 'delete from command_lane where command_id = $1', [id])
      await querySuperuser(
        test,
        `insert into command_outcome (command_id, tenant_id, state, attempts, run_lease, error, duration_ms)
         values ($1, $2, $3, 1, 1, $4::jsonb, 1)`,
        [id, tenantId, state, JSON.stringify(error)],
      )
    },
    daemon: async (id) =>
      void (await querySuperuser(
        test,
        `insert into daemon (id, host, version, lease_ms) values ($1, 'h', '0', 600000)`,
        [id],
      )),
  }
}
