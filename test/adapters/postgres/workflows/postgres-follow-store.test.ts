import { expect } from 'chai'
import { openPool } from '../../../../src/adapters/postgres/connection/pool.ts'
import type { DatabaseRole } from '../../../../src/adapters/postgres/connection/pool.ts'
import type { Database } from '../../../../src/adapters/postgres/database.ts'
import { PostgresFollowStore } from '../../../../src/adapters/postgres/workflows/postgres-follow-store.ts'
import { newId } from '../../../../src/kernel/ids.ts'
import { silentLogger } from '../../../../src/kernel/logger.ts'
import { openTestDatabase, querySuperuser } from '../../../support/database.ts'
import type { TestDatabase } from '../../../support/database.ts'
import { testRunner, workOff } from '../../../support/stores/jobs.ts'
import { createTenant } from '../../../support/stores/tenants.ts'

const instances = 5
const state = { status: 'waiting', stepId: 'nap', wait: { kind: 'timer', until: '2099-01-01T00:00:00.000Z' } }

describe('more instances in flight than one job holds', function () {
  this.timeout(60_000)
  let opened: { database: Database; test: TestDatabase; close(): Promise<void> }
  before(async () => {
    opened = await openTestDatabase()
  })
  after(async () => opened.close())

  const poolOf = (role: DatabaseRole) =>
    openPool({
      url: opened.test.url,
      role,
      max: 2,
      applicationName: 'test',
      connectTimeoutMs: 5_000,
      statementTimeoutMs: 20_000,
      idleInTransactionTimeoutMs: 20_000,
      logger: silentLogger,
    })

  it('are asked by one job after another, each instance once', async () => {
    const { id: tenantId } = await createTenant(opened.database)
    for (let lead = 0; lead < instances; lead += 1)
      await querySuperuser(
        opened.test,
        `insert into workflow_instance (id, tenant_id, entity_key, shard, workflow, definition_digest, status, state, seq, vars, started_by,
           started_at, correlation_id, steps)
         values ($1, $2, $3, 1, 'w', 'before', 'waiting', $4, 1, '{}', $1, now(), 'c', 1)`,
        [newId(), tenantId, `default/lead/${lead}`, state],
      )
    const [app, relay] = [poolOf('neuronx_app'), poolOf('neuronx_relay')]
    const store = new PostgresFollowStore({ app, relay }, 2)
    const target = { definitionDigest: 'after', timesDigest: 't', scope: 'others', perSecond: 500 } as const
    const batches: Array<readonly [number, boolean]> = []
    try {
      for (;;) {
        const [known] = await store.known(10, null)
        if (known?.definitionDigest === 'after') break
        const begun = await store.begin(known!, target)
        if (begun === null) throw new Error('The job before has not ended')
        batches.push([begun.asked, begun.complete])
        const job = await opened.database.stores.jobs.job(tenantId, begun.jobId ?? '')
        await workOff(opened.database, testRunner(opened.database), job!)
      }
    } finally {
      await app.end()
      await relay.end()
    }
    expect(batches).to.deep.equal([
      [2, false],
      [2, false],
      [1, true],
    ])
    const asked = await querySuperuser<{ entity_key: string }>(
      opened.test,
      `select entity_key from event_log where type = 'workflow.follow' order by entity_key`,
    )
    expect(asked.map((one) => one.entity_key)).to.deep.equal(
      Array.from({ length: instances }, (_, lead) => `default/lead/${lead}`),
    )
  })
})
