import { expect } from 'chai'
import { setTimeout as pause } from 'node:timers/promises'
import type pg from 'pg'
import { openPool } from '../../../../src/adapters/postgres/connection/pool.ts'
import { together } from '../../../../src/adapters/postgres/connection/together.ts'
import { inRole, inTenants } from '../../../../src/adapters/postgres/connection/transaction.ts'
import { newId } from '../../../../src/kernel/ids.ts'
import { silentLogger } from '../../../../src/kernel/logger.ts'
import { openTestDatabase } from '../../../support/database.ts'

const failureOf = async (work: Promise<unknown>): Promise<Error> =>
  await work.then(
    () => {
      throw new Error('It did not fail')
    },
    (error: unknown) => error as Error,
  )

describe('statements that are sent together', function () {
  this.timeout(60_000)
  let pool: pg.Pool
  let close: () => Promise<void>
  before(async () => {
    const opened = await openTestDatabase()
    pool = openPool({
      url: opened.test.url,
      role: 'neuronx_app',
      max: 1,
      applicationName: 'together',
      connectTimeoutMs: 5_000,
      statementTimeoutMs: 10_000,
      idleInTransactionTimeoutMs: 10_000,
      logger: silentLogger,
    })
    close = async () => {
      await pool.end()
      await opened.close()
    }
  })
  after(async () => await close())

  const begin = {
    name: 'begin_start',
    text: `insert into event_start (event_id, tenant_id, owner) values ($1, $2, 'somebody')`,
  }
  const insert = async (client: pg.ClientBase, tenantId: string, id = newId()): Promise<void> =>
    void (await client.query({ ...begin, values: [id, tenantId] }))
  const countOf = async (tenantId: string): Promise<number> =>
    await inTenants(pool, [tenantId], async (client) => {
      const { rows } = await client.query<{ n: number }>('select count(*)::integer as n from event_start')
      return rows[0]?.n ?? -1
    })

  it('are carried out in the order in which they were sent, and answer each for itself', async () => {
    const answers = await inRole(pool, async (client) => {
      await client.query('create temporary table numbers (n integer) on commit drop')
      return await together(
        client.query('insert into numbers values (1)'),
        client.query<{ n: number }>('select n from numbers'),
        client.query('update numbers set n = 2'),
        client.query<{ n: number }>('select n from numbers'),
        Promise.resolve('neither'),
      )
    })
    expect([answers[1].rows, answers[3].rows, answers[4]]).to.deep.equal([[{ n: 1 }], [{ n: 2 }], 'neither'])
  })

  it('write nothing when one fails, and say which failed first', async () => {
    const tenantId = newId()
    const id = newId()
    const failure = await failureOf(
      inTenants(pool, [tenantId], async (client) =>
        together(
          insert(client, tenantId, id),
          insert(client, tenantId, id),
          insert(client, tenantId),
          client.query('select 1'),
        ),
      ),
    )
    expect(String((failure.cause as Error).message)).to.include('duplicate key')
    expect(await countOf(tenantId)).to.equal(0)
  })

  it('write nothing outside the transaction when the program itself says no meanwhile', async () => {
    const tenantId = newId()
    let written = 0
    const slow = async (client: pg.ClientBase): Promise<void> => {
      await insert(client, tenantId)
      await pause(50)
      await insert(client, tenantId)
      written = 2
    }
    const failure = await failureOf(
      inTenants(pool, [tenantId], async (client) =>
        together(Promise.reject(new Error('It was somebody else’s')), slow(client)),
      ),
    )
    expect(String((failure.cause as Error).message)).to.include('somebody else')
    expect(written, 'within the transaction, and undone with it').to.equal(2)
    expect(await countOf(tenantId)).to.equal(0)
  })

  it('never work outside the transaction when it could not begin', async () => {
    const tenantId = newId()
    const other = newId()
    // Rows of another tenant than the transaction is for are refused; what was sent behind them is too.
    await failureOf(
      inTenants(pool, [tenantId], async (client) =>
        together(insert(client, other), insert(client, tenantId), insert(client, tenantId)),
      ),
    )
    expect([await countOf(tenantId), await countOf(other)]).to.deep.equal([0, 0])
  })
})
