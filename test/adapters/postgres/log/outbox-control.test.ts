import { expect } from 'chai'
import pg from 'pg'
import type { Database } from '../../../../src/adapters/postgres/database.ts'
import { shardOf } from '../../../../src/messaging/events/entity-key.ts'
import type { DaemonStats } from '../../../../src/messaging/ownership/daemon-stats.ts'
import type { ShardLease } from '../../../../src/messaging/ownership/shard-leases.ts'
import { openTestDatabase, querySuperuser } from '../../../support/database.ts'
import type { TestDatabase } from '../../../support/database.ts'
import { eventually } from '../../../support/eventually.ts'
import { incoming, request } from '../../../support/stores/intake.ts'
import { createTenant } from '../../../support/stores/tenants.ts'

describe('the outbox, paused and measured', () => {
  let opened: { database: Database; test: TestDatabase; close(): Promise<void> }
  let leases: readonly ShardLease[]
  let tenantId: string
  beforeEach(async () => {
    opened = await openTestDatabase()
    leases = await beat()
    tenantId = (await createTenant(opened.database)).id
  })
  afterEach(async () => opened.close())

  const beat = async (stats: Partial<DaemonStats> = {}, daemonId = 'a') =>
    opened.database.stores.shardLeases.heartbeat({
      daemonId,
      host: 'h',
      version: '1',
      leaseMs: 60_000,
      stats: { ...stats, shards: JSON.parse(JSON.stringify(stats.shards ?? {})) },
    })
  const accept = async (lead: string) =>
    opened.database.stores.intake.acceptAll([
      request(tenantId, incoming({ tenantId, externalId: lead, subject: { kind: 'lead', id: lead } })),
    ])
  const pending = async () => opened.database.stores.outbox.unpublished(leases, 100)
  const count = async (wanted: number) =>
    eventually(async () => expect(await pending()).to.have.length(wanted))
  const by = { by: 'local:test', reason: 'test' }

  it('publishes nothing while it is paused, and in order afterwards what came meanwhile', async () => {
    const { outboxControl: control } = opened.database.stores
    await accept('1')
    await count(1)
    const pause = await control.pause({ shards: null, forMs: null, ...by })
    expect(pause).to.deep.include({ shards: null, by: 'local:test', reason: 'test', until: null })
    await accept('2')
    expect(await pending()).to.deep.equal([])
    expect(await control.resume('local:test', null)).to.be.true
    expect(await control.resume('local:test', null)).to.be.false
    await count(2)
    const audit = await querySuperuser(
      opened.test,
      `select action, reason from audit_log where target = 'outbox' order by id`,
    )
    expect(audit).to.deep.equal([
      { action: 'outbox.pause', reason: 'test' },
      { action: 'outbox.resume', reason: null },
    ])
  })

  it('sees what a resumed or a newly owned shard holds although no transaction has ended since it found nothing', async () => {
    await accept('1')
    await count(1)
    await opened.database.stores.outboxControl.pause({ shards: null, forMs: null, ...by })
    const other = new pg.Client({ connectionString: opened.test.ownerUrl })
    await other.connect()
    try {
      await other.query('begin')
      await other.query('select pg_current_xact_id()')
      expect(await pending()).to.deep.equal([])
      await opened.database.stores.outboxControl.resume('local:test', null)
      expect(await pending(), 'resumed').to.have.length(1)
      const others = leases.filter(({ shard }) => shard !== shardOf(tenantId, 'default/lead/1'))
      for (let look = 0; look < 2; look += 1)
        expect(await opened.database.stores.outbox.unpublished(others, 100)).to.deep.equal([])
      expect(await pending(), 'newly owned').to.have.length(1)
    } finally {
      await other.end()
    }
  })

  it('pauses only the shards that are named', async () => {
    await accept('1')
    await accept('2')
    await count(2)
    const paused = shardOf(tenantId, 'default/lead/1')
    expect(paused).not.to.equal(shardOf(tenantId, 'default/lead/2'))
    await opened.database.stores.outboxControl.pause({ shards: [paused], forMs: null, ...by })
    expect((await pending()).map(({ entityKey }) => entityKey)).to.deep.equal(['default/lead/2'])
  })

  it('goes on by itself when the time is over, by the clock of the database', async () => {
    const { outboxControl: control } = opened.database.stores
    await accept('1')
    await control.pause({ shards: null, forMs: 60_000, ...by })
    expect(await pending()).to.deep.equal([])
    expect(await control.paused()).to.have.length(1)
    await querySuperuser(opened.test, `update outbox_pause set until = clock_timestamp() - interval '1 ms'`)
    await count(1)
    expect(await control.paused()).to.deep.equal([])
    expect(await control.resume('local:test', null), 'nothing is paused any more').to.be.false
  })

  it('forgets no row of a pause that was longer than partitions are looked back for', async () => {
    const { outbox, outboxControl: control } = opened.database.stores
    await accept('1')
    await control.pause({ shards: null, forMs: null, ...by })
    await querySuperuser(opened.test, `update event_log set created_at = created_at - interval '20 hours'`)
    await querySuperuser(opened.test, `update relay_cursor set at = at - interval '20 hours'`)
    expect(await outbox.unpublished(leases, 100)).to.deep.equal([])
    await control.resume('local:test', null)
    await count(1)
  })

  it('leaves paused shards alone when it looks for what the bus lost', async () => {
    const { outbox, overdue, outboxControl: control } = opened.database.stores
    await accept('1')
    const rows = await eventually(async () => {
      const found = await pending()
      expect(found).to.have.length(1)
      return found
    })
    await outbox.advance(
      rows.map((row) => ({ lease: leases.find(({ shard }) => shard === row.shard)!, to: row.position })),
    )
    const lost = async () => overdue.overdue(leases, { olderThanMs: 0, perShardMax: 10 })
    expect(await lost()).to.have.length(1)
    await control.pause({ shards: null, forMs: null, ...by })
    expect(await lost()).to.deep.equal([])
  })

  it('tells where the log of a shard ends, published or not', async () => {
    const { outbox, overdue } = opened.database.stores
    await accept('1')
    const rows = await eventually(async () => {
      const found = await pending()
      expect(found).to.have.length(1)
      return found
    })
    const [row] = rows
    const shard = row?.shard ?? 0
    expect((await overdue.newest([shard])).get(shard)).to.deep.equal(row?.position)
    await outbox.advance([{ lease: leases[shard]!, to: row!.position }])
    expect((await overdue.newest([shard])).get(shard)).to.deep.equal(row?.position)
  })

  it('merges what the daemons told of the last minute', async () => {
    const window = (published: number, latency: Record<string, number>) => ({
      published,
      retries: 1,
      latency,
    })
    // Class 1 is 1 to 1.19 ms, class 29 is 128 to 152 ms.
    await beat({ windowSeconds: 60, shards: { '3': window(60, { '1': 60 }) } })
    await beat(
      { windowSeconds: 60, shards: { '3': window(60, { '29': 60 }), '4': window(30, { '1': 30 }) } },
      'b',
    )
    const stats = await opened.database.stores.messages.outboxStats()
    expect(stats).to.include({ publishedPerSecond: 2.5, retries: 3, p50Ms: 1.19, p99Ms: 152.22 })
    expect(stats.shards[3]).to.include({ publishedPerSecond: 2, retries: 2, p99Ms: 152.22 })
    expect(stats.shards[4]).to.include({ publishedPerSecond: 0.5, p50Ms: 1.19, p99Ms: 1.19 })
    expect(stats.shards[5]).to.include({ publishedPerSecond: 0, retries: 0, p50Ms: null, p99Ms: null })
  })

  it('names the transaction that holds publishing back', async () => {
    const holder = new pg.Client({
      connectionString: opened.test.superuserUrl,
      application_name: 'a long import',
    })
    await holder.connect()
    // An owner who is not superuser cannot give this right when it migrates; the role belongs to the whole cluster.
    await querySuperuser(opened.test, 'grant pg_read_all_stats to neuronx_relay')
    try {
      await holder.query('begin; select pg_current_xact_id()')
      const { rows } = await holder.query<{ pid: number }>('select pg_backend_pid() as pid')
      // Transactions of other databases of the cluster may hold it too, for a moment.
      const fence = await eventually(async () => {
        const stats = await opened.database.stores.messages.outboxStats()
        expect(stats.fence?.pid).to.equal(rows[0]?.pid)
        expect(stats.fenceAgeMs).to.equal(stats.fence?.ageMs)
        return stats.fence
      })
      expect(fence).to.include({
        applicationName: 'a long import',
        database: opened.test.name,
        state: 'idle in transaction',
      })
      expect(fence?.ageMs).to.be.above(0)
    } finally {
      await querySuperuser(opened.test, 'revoke pg_read_all_stats from neuronx_relay')
      await holder.end()
    }
  })

  it('finds rows of the outbox by status, type, entity and time', async () => {
    await accept('1')
    await accept('2')
    const { messages } = opened.database.stores
    const page = { limit: 10, cursor: null }
    const ids = async (filter: Parameters<typeof messages.outbox>[1]) =>
      (await messages.outbox(tenantId, filter, page)).items.length
    expect(await ids({})).to.equal(2)
    expect(await ids({ type: 'lead.created' })).to.equal(2)
    expect(await ids({ type: 'lead.called' })).to.equal(0)
    expect(await ids({ status: 'published' })).to.equal(0)
    expect(await ids({ entity: { workspace: 'default', kind: 'lead', id: '2' } })).to.equal(1)
    expect(await ids({ since: '2999-01-01T00:00:00Z' })).to.equal(0)
    expect(await ids({ until: '2999-01-01T00:00:00Z' })).to.equal(2)
  })
})
