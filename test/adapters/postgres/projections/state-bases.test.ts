import { expect } from 'chai'
import pg from 'pg'
import { querySuperuser } from '../../../support/database.ts'
import { eventually } from '../../../support/eventually.ts'
import { createTenant } from '../../../support/stores/tenants.ts'
import { openTestQueue } from '../../../support/stores/test-queue.ts'
import type { TestQueue } from '../../../support/stores/test-queue.ts'
import { makePartition } from '../log/back-dated-log.ts'

const dayMs = 86_400_000
const batch = 100

describe('bases of an old day of decisions', () => {
  let opened: TestQueue
  let tenantId: string
  let day: string
  beforeEach(async () => {
    opened = await openTestQueue()
    tenantId = (await createTenant(opened.database)).id
    day = await makePartition(opened.test, '2025-01-05', 'decision')
    await querySuperuser(
      opened.test,
      `insert into decision (event_id, tenant_id, entity_key, entity_version, entity_seq, event_type, root_id, config_digest, changes,
         trace, decided_at)
       select gen_random_uuid(), $1, 'default/lead/' || lpad(i::text, 4, '0'), 1, 1, 'lead.created', gen_random_uuid(), 'd', '[]', '{}',
         '2025-01-05T12:00:00Z'
       from generate_series(1, 250) i`,
      [tenantId],
    )
    await querySuperuser(
      opened.test,
      `insert into entity (tenant_id, entity_key, workspace, kind, id, version, applied_seq, fields)
       select tenant_id, entity_key, 'default', 'lead', split_part(entity_key, '/', 3), 1, 1, '{}' from decision`,
    )
  })
  afterEach(async () => opened.close())

  const expired = async () => opened.database.stores.retention.expired(30 * dayMs, 10)
  const bases = async () => (await querySuperuser(opened.test, 'select from entity_base')).length
  const walk = async () =>
    (
      await querySuperuser<{ entity_key: string | null; done: boolean }>(
        opened.test,
        'select entity_key, done_at is not null as done from base_walk',
      )
    )[0]

  /** A look at the days that stands in its first batch while `meanwhile` happens. */
  async function lookWhile(meanwhile: () => Promise<unknown>) {
    const holder = new pg.Client({ connectionString: opened.test.superuserUrl })
    await holder.connect()
    try {
      await holder.query('begin; lock table neuronx.entity_base in exclusive mode')
      const look = expired()
      const waiting = `select from pg_locks where not granted and relation = 'neuronx.entity_base'::regclass`
      await eventually(async () => (await querySuperuser(opened.test, waiting)).length > 0)
      await meanwhile()
      await holder.query('commit')
      return (await look).map(({ name, heldBy }) => ({ name, heldBy }))
    } finally {
      await holder.end()
    }
  }

  it('are made batch by batch until all are there', async () => {
    expect((await expired()).map(({ heldBy }) => heldBy)).to.deep.equal([null])
    expect(await bases()).to.equal(250)
    expect(await walk()).to.include({ done: true })
  })

  it('are broken off after the batch under way when the daemon stops, and gone on with later', async () => {
    const look = await lookWhile(async () => opened.database.stores.retention.breakOff())
    expect(look).to.deep.equal([{ name: day, heldBy: 'base' }])
    expect(await bases()).to.equal(batch)
    expect(await walk()).to.deep.equal({ entity_key: 'default/lead/0100', done: false })
    expect((await expired()).map(({ heldBy }) => heldBy)).to.deep.equal([null])
    expect(await bases()).to.equal(250)
  })

  it('are left to the daemon that is further: the slower one sets nothing back', async () => {
    const further = `update base_walk set tenant_id = $1, entity_key = 'default/lead/0250', done_at = now()`
    const look = await lookWhile(async () => querySuperuser(opened.test, further, [tenantId]))
    expect(look).to.deep.equal([{ name: day, heldBy: 'base' }])
    expect(await bases()).to.equal(batch)
    expect(await walk()).to.deep.equal({ entity_key: 'default/lead/0250', done: true })
    expect((await expired()).map(({ heldBy }) => heldBy)).to.deep.equal([null])
  })
})
