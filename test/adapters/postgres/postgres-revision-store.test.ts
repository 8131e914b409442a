import { expect } from 'chai'
import pg from 'pg'
import type { Database } from '../../../src/adapters/postgres/database.ts'
import { openDatabase } from '../../../src/adapters/postgres/database.ts'
import { systemClock } from '../../../src/kernel/clock.ts'
import { silentLogger } from '../../../src/kernel/logger.ts'
import {
  describeRevisionStore,
  documentOf,
  revisionOf,
  source,
} from '../../contracts/revision-store.contract.ts'
import { openTestDatabase, querySuperuser } from '../../support/database.ts'
import type { TestDatabase } from '../../support/database.ts'
import { createTenant, testActor } from '../../support/stores/tenants.ts'

describe('PostgresRevisionStore', () => {
  let opened: { database: Database; test: TestDatabase; close(): Promise<void> }
  before(async () => {
    opened = await openTestDatabase()
  })
  after(async () => opened.close())

  describeRevisionStore(() => ({
    revisions: opened.database.stores.revisions,
    plans: opened.database.stores.plans,
    quarantine: opened.database.stores.quarantine,
    newTenant: async () => createTenant(opened.database),
  }))

  it('leaves a row in the history for programs that know nothing of it', async () => {
    const { revisions } = opened.database.stores
    const tenant = await createTenant(opened.database)
    const scope = { level: 'tenant', tenant: tenant.slug } as const
    await revisions.apply([revisionOf(scope, documentOf('a'))], source, testActor, 'first')
    await revisions.apply([revisionOf(scope, documentOf('b'))], source, testActor, 'second')
    await querySuperuser(
      opened.test,
      `update active_revision set activated_by = 'psql', activated_at = clock_timestamp(),
         revision_id = (select id from revision where tenant_id = $1 order by created_at limit 1) where tenant_id = $1`,
      [tenant.id],
    )
    const [newest] = await revisions.activations({ scope, limit: 1 })
    expect(newest).to.include({ by: 'psql', kind: 'apply', reason: null })
  })

  it('reads what is active, its history and its quarantines where nothing may be written', async () => {
    const own = await openTestDatabase()
    try {
      const tenant = await createTenant(own.database)
      const scope = { level: 'tenant', tenant: tenant.slug } as const
      const { revisions } = own.database.stores
      const [applied] = await revisions.apply([revisionOf(scope, documentOf('a'))], source, testActor, null)
      await querySuperuser(
        own.test,
        `alter database ${pg.escapeIdentifier(own.test.name)} set default_transaction_read_only = on`,
      )
      await using readOnly = await openDatabase(own.test.url, { logger: silentLogger, clock: systemClock })
      const { stores } = readOnly
      const heads = await stores.revisions.heads([tenant.id])
      expect(heads.map(({ digest }) => digest)).to.deep.equal([applied?.digest])
      expect(await stores.revisions.revision(scope, applied?.digest ?? '')).not.to.equal(null)
      expect(await stores.revisions.previous(scope)).to.equal(null)
      expect(await stores.revisions.activations({ scope, limit: 1 })).to.have.length(1)
      expect(await stores.revisions.activations({ limit: 1 })).to.have.length(1)
      expect(await stores.quarantine.quarantined([tenant.id])).to.deep.equal([])
      expect(await stores.plans.plans(1)).to.deep.equal([])
      expect((await stores.traffic.unitsPerHour([tenant.id])).partial).to.equal(false)
      const refused: unknown = await stores.revisions
        .apply([revisionOf(scope, documentOf('b'))], source, testActor, null)
        .catch((error: unknown) => error)
      expect(String((refused as { detail?: string }).detail)).to.match(/read-only/)
    } finally {
      await own.close()
    }
  })

  it('reads them in a role that has no right to write configuration', async () => {
    for (const table of [
      'document',
      'revision',
      'active_revision',
      'revision_activation',
      'quarantined_revision',
    ]) {
      const rows = await querySuperuser<{ granted: boolean }>(
        opened.test,
        `select bool_or(has_any_column_privilege('neuronx_app', $1, p)) or has_table_privilege('neuronx_app', $1, 'DELETE') as granted
         from unnest(array['INSERT', 'UPDATE']) p`,
        [`neuronx.${table}`],
      )
      expect(rows[0]?.granted, table).to.equal(false)
    }
  })

  it('changes nothing when the connection goes in the middle of an apply', async () => {
    const tenant = await createTenant(opened.database)
    const scope = { level: 'tenant', tenant: tenant.slug } as const
    const { revisions } = opened.database.stores
    const holder = new pg.Client({ connectionString: opened.test.superuserUrl })
    await holder.connect()
    try {
      // The apply waits for this lock inside its transaction, until its connection is taken away.
      await holder.query('begin; lock table neuronx.active_revision in exclusive mode')
      const attempt = revisions.apply([revisionOf(scope, documentOf('a'))], source, testActor, null).then(
        () => null,
        (error: unknown) => error,
      )
      const deadline = performance.now() + 10_000
      for (let ended = 0; ended === 0;) {
        if (performance.now() > deadline) throw new Error('the apply never waited')
        const terminated = await querySuperuser(
          opened.test,
          `select pg_terminate_backend(pid) from pg_stat_activity
           where datname = current_database() and wait_event_type = 'Lock' and query like '%active_revision%'`,
        )
        ended = terminated.length
      }
      expect(await attempt)
        .to.have.property('code')
        .that.matches(/^NX-DB-/)
    } finally {
      await holder.end()
    }
    expect(await revisions.activations({ scope, limit: 1 })).to.deep.equal([])
    const [again] = await revisions.apply([revisionOf(scope, documentOf('a'))], source, testActor, null)
    expect(again?.changed).to.equal(true)
  })
})
