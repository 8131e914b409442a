import { expect } from 'chai'
import type { Database } from '../../../../src/adapters/postgres/database.ts'
import { openTestDatabase, querySuperuser } from '../../../support/database.ts'
import type { TestDatabase } from '../../../support/database.ts'
import { createTenant } from '../../../support/stores/tenants.ts'

describe('PostgresTaskReader', () => {
  let opened: { database: Database; test: TestDatabase; close(): Promise<void> }
  before(async () => {
    opened = await openTestDatabase()
  })
  after(async () => opened.close())

  /** Tasks of a new tenant: `id assignee due`. */
  async function setup(...tasks: readonly string[]) {
    const { id: tenantId } = await createTenant(opened.database)
    for (const text of tasks) {
      const [id, assignee, due] = text.split(' ')
      const values = [tenantId, `default/task/${id}`, id, assignee, due ?? null]
      await querySuperuser(
        opened.test,
        `insert into task (tenant_id, entity_key, workspace, id, shard, status, assignee, due_at, sort_at, rung, correlation_id, opened_by)
         values ($1, $2, 'default', $3, 1, 'open', $4, $5, coalesce($5::timestamptz, 'infinity'), 0, 'c', gen_random_uuid())`,
        values,
      )
      await querySuperuser(
        opened.test,
        `insert into entity (tenant_id, entity_key, workspace, kind, id, fields) values ($1, $2, 'default', 'task', $3, jsonb_build_object('title', $3::text))`,
        values.slice(0, 3),
      )
    }
    return tenantId
  }

  it('lists those due first first, page by page, also where nothing is due', async () => {
    const { tasks } = opened.database.stores
    const tenantId = await setup(
      'c sara',
      'b tom 2026-03-03T10:00:00.123456Z',
      'a sara 2026-03-02T10:00:00Z',
      'd tom',
    )
    const ids: string[] = []
    let cursor: string | null = null
    do {
      const page = await tasks.list(
        tenantId,
        'default',
        { status: 'open', assignee: null },
        { limit: 1, cursor },
      )
      ids.push(...page.items.map(({ id, title }) => `${id} ${title}`))
      cursor = page.cursor
    } while (cursor !== null)
    expect(ids).to.deep.equal(['a a', 'b b', 'c c', 'd d'])
  })

  it('lists those of one person', async () => {
    const { tasks } = opened.database.stores
    const tenantId = await setup('c sara', 'b tom 2026-03-03T10:00:00Z', 'a sara 2026-03-02T10:00:00Z')
    const filter = { status: 'open', assignee: 'sara' } as const
    const { items } = await tasks.list(tenantId, 'default', filter, { limit: 9, cursor: null })
    expect(items.map(({ id }) => id)).to.deep.equal(['a', 'c'])
    expect(items[0]).to.deep.include({ assignee: 'sara', dueAt: '2026-03-02T10:00:00.000Z', about: null })
    const done = await tasks.list(
      tenantId,
      'default',
      { status: 'done', assignee: null },
      { limit: 9, cursor: null },
    )
    expect(done.items).to.deep.equal([])
  })

  it('refuses a cursor that it did not write', async () => {
    const { tasks } = opened.database.stores
    const tenantId = await setup()
    const cursor = Buffer.from('["now","x"]').toString('base64url')
    const refused = await tasks
      .list(tenantId, 'default', { status: 'open', assignee: null }, { limit: 1, cursor })
      .catch((error: unknown) => error)
    expect(refused).to.include({ code: 'NX-CURSOR' })
  })
})
