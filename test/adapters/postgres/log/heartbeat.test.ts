import { expect } from 'chai'
import pg from 'pg'
import { openDatabase } from '../../../../src/adapters/postgres/database.ts'
import type { Database } from '../../../../src/adapters/postgres/database.ts'
import { openPool } from '../../../../src/adapters/postgres/connection/pool.ts'
import { systemClock } from '../../../../src/kernel/clock.ts'
import type { NxError } from '../../../../src/kernel/errors.ts'
import { silentLogger } from '../../../../src/kernel/logger.ts'
import { openTestDatabase, querySuperuser } from '../../../support/database.ts'
import type { TestDatabase } from '../../../support/database.ts'
import { eventually } from '../../../support/eventually.ts'
import { leadCommand } from '../../../support/stores/queue.ts'
import { openTestQueue } from '../../../support/stores/test-queue.ts'
import { TcpProxy } from '../../../support/tcp-proxy.ts'

/** A daemon that was cut off has to know it by then; its lease lasts 8 s. */
const noticedMs = 10_000

describe('heartbeats', function () {
  this.timeout(60_000)
  let opened: { database: Database; test: TestDatabase; close(): Promise<void> }
  beforeEach(async () => {
    opened = await openTestDatabase()
  })
  afterEach(async () => opened.close())

  const beat = async (daemonId: string, database = opened.database) =>
    database.stores.shardLeases.heartbeat({ daemonId, host: 'h', version: '1', leaseMs: 60_000 })
  const expire = async (daemonId: string): Promise<void> => {
    const old = `now() - interval '1 hour'`
    await querySuperuser(opened.test, `update daemon set heartbeat_at = ${old} where id = $1`, [daemonId])
    await querySuperuser(opened.test, `update shard set lease_until = ${old} where owner = $1`, [daemonId])
  }

  it('fail in time over a connection on which nothing passes any more, and work again when it does', async () => {
    const direct = new URL(opened.test.url)
    await using proxy = await TcpProxy.open(Number(direct.port))
    direct.host = `127.0.0.1:${proxy.port}`
    const database = await openDatabase(direct.href, { logger: silentLogger, clock: systemClock })
    try {
      expect(await beat('a', database)).to.have.length(64)
      proxy.set({ kind: 'freeze' })
      // The first finds an open connection that is dead, the second none at all.
      for (const _ of ['open', 'none']) {
        let failure: unknown
        beat('a', database).catch((error: unknown) => (failure = error))
        await eventually(() => failure !== undefined, noticedMs)
        expect((failure as NxError).code).to.equal('NX-DB-UNREACHABLE')
      }
      proxy.set({ kind: 'pass' })
      expect(await eventually(async () => beat('a', database))).to.have.length(64)
    } finally {
      proxy.cut()
      await database[Symbol.asyncDispose]()
    }
  })

  it('do not wait for a transaction in which a dead daemon hangs: its other shards are taken over at once', async () => {
    await beat('hangs')
    const hanging = new pg.Client({ connectionString: opened.test.superuserUrl })
    await hanging.connect()
    try {
      await hanging.query('begin; select 1 from neuronx.shard where shard = 7 for key share')
      await expire('hangs')
      const taken = (await beat('well')).map(({ shard }) => shard)
      expect(taken).to.have.length(63).and.not.include(7)
      await hanging.query('rollback')
      expect(await beat('well')).to.have.length(64)
    } finally {
      await hanging.end()
    }
  })

  it('renew what is to be given back while its work is still under way, and give it back afterwards', async () => {
    await beat('first')
    await beat('second')
    const working = new pg.Client({ connectionString: opened.test.superuserUrl })
    await working.connect()
    try {
      await working.query('begin; select 1 from neuronx.shard where shard = 63 for key share')
      expect(await beat('first')).to.have.length(64)
      await working.query('rollback')
      expect(await beat('first')).to.have.length(32)
    } finally {
      await working.end()
    }
  })

  it('end the command leases of a dead daemon, but for those that it still has locked', async () => {
    const queue = await openTestQueue()
    const { shardLeases } = queue.database.stores
    const owner = (daemonId: string) => ({ daemonId, host: 'h', version: '1', leaseMs: 60_000 })
    const hanging = new pg.Client({ connectionString: queue.test.superuserUrl })
    try {
      await shardLeases.heartbeat(owner('hangs'))
      const [locked, free] = [leadCommand(crypto.randomUUID(), 'a'), leadCommand(crypto.randomUUID(), 'b')]
      await queue.enqueue(locked, free)
      await querySuperuser(
        queue.test,
        `update command_lane set state = 'leased', owner = 'hangs', lease_until = now() + interval '1 hour'`,
      )
      await hanging.connect()
      await hanging.query('begin')
      await hanging.query('select 1 from neuronx.command_lane where command_id = $1 for update', [locked.id])
      await querySuperuser(queue.test, `update daemon set heartbeat_at = now() - interval '1 hour'`)
      await shardLeases.heartbeat(owner('well'))
      const rows = await querySuperuser(
        queue.test,
        'select command_id as id from command_lane where lease_until <= clock_timestamp()',
      )
      expect(rows).to.deep.equal([{ id: free.id }])
    } finally {
      await hanging.end()
      await queue.close()
    }
  })

  it('carry what the daemon tells of itself', async () => {
    const { shardLeases } = opened.database.stores
    const stats = { windowSeconds: 60, loops: { relay: 0.4, timers: null } }
    await shardLeases.heartbeat({ daemonId: 'a', host: 'h', version: '1', leaseMs: 60_000, stats })
    expect(await querySuperuser(opened.test, 'select stats from daemon')).to.deep.equal([{ stats }])
    await beat('a')
    expect(await querySuperuser(opened.test, 'select stats from daemon')).to.deep.equal([{ stats: {} }])
  })
})

describe('a database connection', () => {
  it('has limits of its own on statements, locks, idle transactions and silent clients', async () => {
    const { test, close } = await openTestDatabase()
    const pool = openPool({
      url: test.url,
      role: 'neuronx_app',
      max: 1,
      applicationName: 'test',
      connectTimeoutMs: 5_000,
      statementTimeoutMs: 4_000,
      lockTimeoutMs: 3_000,
      idleInTransactionTimeoutMs: 2_000,
      logger: silentLogger,
    })
    try {
      const { rows } = await pool.query<Record<string, string>>(
        `select current_setting('statement_timeout') as statement, current_setting('lock_timeout') as lock,
           current_setting('idle_in_transaction_session_timeout') as idle, current_setting('tcp_keepalives_idle') as silent`,
      )
      expect(rows[0]).to.deep.equal({ statement: '4s', lock: '3s', idle: '2s', silent: '5' })
    } finally {
      await pool.end()
      await close()
    }
  })
})
