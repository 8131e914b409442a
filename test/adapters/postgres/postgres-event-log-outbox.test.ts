import { expect } from 'chai'
import pg from 'pg'
import type { Database } from '../../../src/adapters/postgres/database.ts'
import { shardOf } from '../../../src/messaging/events/entity-key.ts'
import { decodeWireEvent } from '../../../src/messaging/events/wire-event.ts'
import type { ShardLease } from '../../../src/messaging/ownership/shard-leases.ts'
import type { OutgoingEvent } from '../../../src/messaging/relay/event-log.ts'
import { openTestDatabase, querySuperuser } from '../../support/database.ts'
import type { TestDatabase } from '../../support/database.ts'
import { eventually } from '../../support/eventually.ts'
import { incoming, request } from '../../support/stores/intake.ts'
import { createTenant } from '../../support/stores/tenants.ts'

describe('PostgresEventLogOutbox', () => {
  let opened: { database: Database; test: TestDatabase; close(): Promise<void> }
  let leases: readonly ShardLease[]
  beforeEach(async () => {
    opened = await openTestDatabase()
    leases = await opened.database.stores.shardLeases.heartbeat({
      daemonId: 'a',
      host: 'h',
      version: '1',
      leaseMs: 60_000,
    })
  })
  afterEach(async () => opened.close())

  const accept = async (tenantId: string, externalId: string, lead = '42') =>
    opened.database.stores.intake.acceptAll([
      request(tenantId, incoming({ tenantId, externalId, subject: { kind: 'lead', id: lead } })),
    ])

  const pending = async (perShardMax = 100) => opened.database.stores.outbox.unpublished(leases, perShardMax)

  /** Transactions of other test databases in the cluster hold the fence back for a moment. */
  const pendingOnce = async (count: number) =>
    eventually(async () => {
      const rows = await pending()
      expect(rows).to.have.length(count)
      return rows
    })

  const move = (row: OutgoingEvent) => ({
    lease: leases.find((lease) => lease.shard === row.shard)!,
    to: row.position,
  })
  const externalIds = (rows: readonly OutgoingEvent[]) =>
    rows.map((row) => decodeWireEvent(row.message).externalId)

  it('hands out numbers as they came, not with every digit, so that the bus takes what the door took', async () => {
    const tenant = await createTenant(opened.database)
    const data = { n: Array.from({ length: 20_000 }, () => 1e308) }
    await opened.database.stores.intake.acceptAll([
      request(tenant.id, incoming({ tenantId: tenant.id, externalId: 'wide', data })),
    ])
    const [row] = await pendingOnce(1)
    expect(Buffer.byteLength(row?.message ?? '')).to.be.below(1024 * 1024)
    expect(decodeWireEvent(row?.message ?? '').data).to.deep.equal(data)
  })

  it('hands out what was accepted, as the bus wants it, until the cursor passes it', async () => {
    const { outbox } = opened.database.stores
    const tenant = await createTenant(opened.database)
    await accept(tenant.id, 'a')
    await accept(tenant.id, 'b')
    const rows = await pendingOnce(2)
    expect(externalIds(rows)).to.deep.equal(['a', 'b'])
    const event = decodeWireEvent(rows[0]!.message)
    expect(event).to.deep.include({
      tenantId: tenant.id,
      type: 'lead.created',
      entitySeq: 1,
      data: { name: 'Ada' },
      depth: 0,
    })
    expect(event.acceptedAt).to.match(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/)
    expect(rows[0]).to.include({
      tenantSlug: tenant.slug,
      entityKey: 'default/lead/42',
      shard: shardOf(tenant.id, 'default/lead/42'),
    })
    expect(await outbox.advance([move(rows[0]!)])).to.deep.equal([])
    expect(externalIds(await pending())).to.deep.equal(['b'])
    await outbox.advance([move(rows[1]!)])
    expect(await pending()).to.deep.equal([])
    await outbox.advance([move(rows[0]!)])
    expect(await pending(), 'a cursor never goes back').to.deep.equal([])
  })

  it('reads several shards at once, at most so many of each, in order', async () => {
    const tenant = await createTenant(opened.database)
    for (const lead of ['1', '2', '3', '4'])
      for (const n of [1, 2, 3]) await accept(tenant.id, `${lead}-${n}`, lead)
    await pendingOnce(12)
    const rows = await pending(2)
    const byLead = new Map<string, string[]>()
    for (const row of rows)
      byLead.set(row.entityKey, [
        ...(byLead.get(row.entityKey) ?? []),
        decodeWireEvent(row.message).externalId,
      ])
    for (const ids of byLead.values()) expect(ids).to.deep.equal(ids.toSorted())
    const shards = new Map<number, number>()
    for (const row of rows) shards.set(row.shard, (shards.get(row.shard) ?? 0) + 1)
    expect(Math.max(...shards.values())).to.equal(2)
  })

  it('does not overtake a row of an earlier transaction that is still open', async () => {
    const { outbox } = opened.database.stores
    const tenant = await createTenant(opened.database)
    const other = { ...(await createTenant(opened.database)) }
    const late = new pg.Client({ connectionString: opened.test.superuserUrl })
    await late.connect()
    try {
      await late.query('begin; set local search_path = neuronx')
      await late.query(
        `insert into event_log (event_id, tenant_id, workspace, shard, entity_key, entity_seq, type, source, external_id, origin,
           data, headers, root_id)
         select gen_random_uuid(), $1, 'default', $2, 'default/lead/42', 1, 'lead.created', 's', 'late', 'external', '{}',
           '{"time":"2026-01-01T00:00:00Z","correlationid":"c","rootid":"r","depth":0}', gen_random_uuid()`,
        [tenant.id, shardOf(tenant.id, 'default/lead/42')],
      )
      // An entity of the same shard, committed after it.
      let id = 0
      while (shardOf(other.id, `default/lead/${id}`) !== shardOf(tenant.id, 'default/lead/42')) id += 1
      await accept(other.id, 'early', String(id))
      expect(await pending()).to.deep.equal([])
      await late.query('commit')
      const rows = await pendingOnce(2)
      expect(externalIds(rows)).to.deep.equal(['late', 'early'])
      await outbox.advance([move(rows[1]!)])
      expect(await pending()).to.deep.equal([])
    } finally {
      await late.end()
    }
  })

  it('moves no cursor and hands out nothing under a lease that was lost', async () => {
    const { outbox, shardLeases } = opened.database.stores
    const tenant = await createTenant(opened.database)
    await accept(tenant.id, 'a')
    const [row] = await pendingOnce(1)
    await shardLeases.release('a')
    expect(await pending()).to.deep.equal([])
    expect(await outbox.advance([move(row!)])).to.deep.equal([row!.shard])
    leases = await shardLeases.heartbeat({ daemonId: 'b', host: 'h', version: '1', leaseMs: 60_000 })
    expect(externalIds(await pending())).to.deep.equal(['a'])
  })

  it('counts trouble beside the log, where event_outbox shows it', async () => {
    const { outbox, messages } = opened.database.stores
    const tenant = await createTenant(opened.database)
    await accept(tenant.id, 'a')
    const [row] = await pendingOnce(1)
    await outbox.recordTrouble([row!.eventId], 'the bus is away')
    await outbox.recordTrouble([row!.eventId], 'the bus is away')
    const read = async () => (await messages.outbox(tenant.id, null, { limit: 5, cursor: null })).items
    expect(await read()).to.deep.include({
      id: row!.eventId,
      tenantId: tenant.id,
      eventType: 'lead.created',
      status: 'pending',
      retryCount: 2,
      createdAt: decodeWireEvent(row!.message).acceptedAt,
    })
    await outbox.advance([move(row!)])
    expect((await read())[0]).to.include({ status: 'published', retryCount: 2 })
    const view = await querySuperuser(
      opened.test,
      'select id, event_type, status, retry_count from event_outbox',
    )
    expect(view).to.deep.equal([
      { id: row!.eventId, event_type: 'lead.created', status: 'published', retry_count: 2 },
    ])
    expect(await messages.outbox(tenant.id, 'pending', { limit: 5, cursor: null })).to.deep.equal({
      items: [],
      cursor: null,
    })
  })

  it('tells how deep and how old the backlog is', async () => {
    const { outbox, messages } = opened.database.stores
    const tenant = await createTenant(opened.database)
    await accept(tenant.id, 'a')
    await accept(tenant.id, 'b')
    const stats = await messages.outboxStats()
    expect(stats.pending).to.equal(2)
    expect(stats.oldestMs).to.be.above(0)
    expect(stats.shards).to.have.length(64)
    const busy = stats.shards.find((shard) => shard.pending === 2)
    expect(busy).to.include({ owner: 'a', shard: shardOf(tenant.id, 'default/lead/42') })
    await outbox.advance([move((await pendingOnce(2))[1]!)])
    expect(await messages.outboxStats()).to.include({ pending: 0, oldestMs: null })
  })

  it('reads a part of one entity in order, of its tenant only', async () => {
    const { outbox } = opened.database.stores
    const [tenant, other] = [await createTenant(opened.database), await createTenant(opened.database)]
    for (const id of ['a', 'b', 'c', 'd']) await accept(tenant.id, id)
    const range = await outbox.entityRange(tenant.id, 'default/lead/42', 2, 4)
    expect(range.map((event) => [event.externalId, event.entitySeq])).to.deep.equal([
      ['b', 2],
      ['c', 3],
    ])
    expect(await outbox.entityRange(other.id, 'default/lead/42', 1, 9)).to.deep.equal([])
  })
})
