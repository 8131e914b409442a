import { expect } from 'chai'
import pg from 'pg'
import * as sql from '../../../../src/adapters/postgres/events/sighting-statements.ts'
import { newId } from '../../../../src/kernel/ids.ts'
import { createTestDatabase } from '../../../support/database.ts'
import type { TestDatabase } from '../../../support/database.ts'

const rowsMany = 20_000

describe('what looks for events that were told before', function () {
  this.timeout(60_000)
  const tenantId = newId()
  const place = { tenant_id: tenantId, source: 'adapter/ghl' }
  let test: TestDatabase
  let client: pg.Client

  before(async () => {
    test = await createTestDatabase()
    client = new pg.Client({ connectionString: test.superuserUrl })
    await client.connect()
    await client.query('set search_path = neuronx')
    await client.query(
      `insert into reconcile_sighting select $1, 'adapter/ghl', 'contact/' || n, '{}', now(), null, gen_random_uuid(), now() + interval '1 day'
       from generate_series(1, $2::integer) n`,
      [tenantId, rowsMany],
    )
    await client.query(
      `insert into inbox select $1, 'adapter/ghl', 'key-' || n, 'digest', gen_random_uuid(), now() + interval '1 day'
       from generate_series(1, $2::integer) n`,
      [tenantId, rowsMany],
    )
    await client.query('analyze reconcile_sighting, inbox')
    await client.query(`set role neuronx_app; set nx.tenants = '{${tenantId}}'`)
  })

  after(async () => {
    await client.end()
    await test.drop()
  })

  /** Nothing is kept. */
  async function planOf({ text }: { readonly text: string }, input: readonly object[]): Promise<string> {
    await client.query('begin')
    try {
      const { rows } = await client.query<{ 'QUERY PLAN': string }>(`explain (analyze, timing off) ${text}`, [
        JSON.stringify(input),
      ])
      return rows.map((row) => row['QUERY PLAN']).join('\n')
    } finally {
      await client.query('rollback')
    }
  }

  it('reads the rows that it is asked for, not all of a tenant', async () => {
    const { rows: held } = await client.query<{ object: string; event_id: string }>(
      'select object, event_id from reconcile_sighting limit 3',
    )
    const dropped = held.map((row) => ({ ...place, ...row }))
    const keys = [1, 2, 3].map((n) => ({ ...place, external_id: `key-${n}`, event_id: newId() }))
    const plans = [
      await planOf(sql.heldSightings, dropped),
      await planOf(sql.dropSightings, dropped),
      await planOf(sql.repoint, keys),
    ]
    for (const plan of plans) {
      expect(plan).to.not.match(/Seq Scan on (reconcile_sighting|inbox)/)
      expect(plan).to.match(/(Index Scan|Index Only Scan) using (reconcile_sighting|inbox)_pkey/)
    }
    expect(plans[1]).to.match(/Tid Scan on reconcile_sighting s .*rows=1(\.00)? loops=3/)
    expect(plans[2]).to.match(/Tid Scan on inbox i .*rows=1(\.00)? loops=3/)
  })
})
