import { expect } from 'chai'
import pg from 'pg'
import { shardOf } from '../../../src/messaging/events/entity-key.ts'
import { decodeWireEvent } from '../../../src/messaging/events/wire-event.ts'
import type { ShardLease } from '../../../src/messaging/ownership/shard-leases.ts'
import type { OutgoingEvent } from '../../../src/messaging/relay/event-log.ts'
import { querySuperuser } from '../../support/database.ts'
import { eventually } from '../../support/eventually.ts'
import { incoming, request } from '../../support/stores/intake.ts'
import { openOwnedDatabase } from '../../support/stores/owned-database.ts'
import type { OwnedDatabase } from '../../support/stores/owned-database.ts'
import { createTenant } from '../../support/stores/tenants.ts'

describe('PostgresEventLogOutbox', () => {
  let opened: OwnedDatabase
  let leases: readonly ShardLease[]
  beforeEach(async () => {
    opened = await openOwnedDatabase()
    leases = opened.leases
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

  it('goes on with what waited for hours after the first of it was published', async () => {
    const { outbox, overdue } = opened.database.stores
    const tenant = await createTenant(opened.database)
    for (const id of ['a', 'b', 'c']) await accept(tenant.id, id)
    // The bus was away: the cursors stand where they stood before, in place and time.
    await querySuperuser(opened.test, `update event_log set created_at = created_at - interval '5 hours'`)
    await querySuperuser(opened.test, `update relay_cursor set at = at - interval '6 hours'`)
    await querySuperuser(opened.test, `update reconcile_cursor set at = at - interval '6 hours'`)
    const rows = await pendingOnce(3)
    await outbox.advance([move(rows[0]!)])
    expect(externalIds(await pending())).to.deep.equal(['b', 'c'])
    const end = (await overdue.newest([rows[0]!.shard])).get(rows[0]!.shard)
    expect(end).to.deep.equal(rows[2]!.position)
  })

  it('hands out what stood for hours behind a transaction of somebody else', async () => {
    const tenant = await createTenant(opened.database)
    const other = new pg.Client({ connectionString: opened.test.ownerUrl })
    await other.connect()
    await other.query('begin')
    await other.query('select pg_current_xact_id()')
    await accept(tenant.id, 'a')
    // Accepted five hours ago, and looked for ever since.
    await querySuperuser(opened.test, `update event_log set created_at = created_at - interval '5 hours'`)
    await querySuperuser(opened.test, `update relay_cursor set at = at - interval '6 hours'`)
    for (let look = 0; look < 3; look += 1) expect(await pending()).to.deep.equal([])
    await other.end()
    expect(externalIds(await pendingOnce(1))).to.deep.equal(['a'])
  })

  it('finds what is accepted after the database clock was set back by hours', async () => {
    const { outbox, overdue } = opened.database.stores
    const tenant = await createTenant(opened.database)
    await accept(tenant.id, 'a')
    const rows = await pendingOnce(1)
    await outbox.advance([move(rows[0]!)])
    await querySuperuser(opened.test, `update relay_cursor set at = at + interval '5 hours'`)
    await querySuperuser(opened.test, `update reconcile_cursor set at = at + interval '5 hours'`)
    await accept(tenant.id, 'b')
    const [next] = await pendingOnce(1)
    await outbox.advance([move(next!)])
    const found = await overdue.overdue(leases, { olderThanMs: 0, perShardMax: 10 })
    expect(externalIds(found)).to.deep.equal(['a', 'b'])
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
      await insertLate(late, tenant.id)
      // An entity of the same shard, committed after it.
      await accept(other.id, 'early', neighbour(tenant.id, other.id))
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

  it('passes over nothing that an earlier transaction got a higher number before', async () => {
    const { outbox } = opened.database.stores
    const tenant = await createTenant(opened.database)
    const other = await createTenant(opened.database)
    const late = new pg.Client({ connectionString: opened.test.superuserUrl })
    await late.connect()
    try {
      await late.query('begin; set local search_path = neuronx')
      await late.query('select pg_current_xact_id()')
      await accept(other.id, 'early', neighbour(tenant.id, other.id))
      await insertLate(late, tenant.id)
      await late.query('commit')
      const rows = await pendingOnce(2)
      expect(externalIds(rows)).to.deep.equal(['late', 'early'])
      expect(Number(rows[0]?.position.pos)).to.be.above(Number(rows[1]?.position.pos))
      await outbox.advance([move(rows[0]!)])
      expect(externalIds(await pending())).to.deep.equal(['early'])
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
    const read = async () => (await messages.outbox(tenant.id, {}, { limit: 5, cursor: null })).items
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
    expect(await messages.outbox(tenant.id, { status: 'pending' }, { limit: 5, cursor: null })).to.deep.equal(
      {
        items: [],
        cursor: null,
      },
    )
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

/** The first event of `lead/42` of a tenant, written in somebody's transaction. */
async function insertLate(client: pg.Client, tenantId: string): Promise<void> {
  await client.query(
    `insert into event_log (event_id, tenant_id, workspace, shard, entity_key, entity_seq, type, source, external_id, origin,
       data, headers, root_id)
     select gen_random_uuid(), $1, 'default', $2, 'default/lead/42', 1, 'lead.created', 's', 'late', 'external', '{}',
       '{"time":"2026-01-01T00:00:00Z","correlationid":"c","rootid":"r","depth":0}', gen_random_uuid()`,
    [tenantId, shardOf(tenantId, 'default/lead/42')],
  )
}

/** The id of a lead of the other tenant that shares its shard with `lead/42` of the first. */
function neighbour(tenantId: string, otherId: string): string {
  let id = 0
  while (shardOf(otherId, `default/lead/${id}`) !== shardOf(tenantId, 'default/lead/42')) id += 1
  return String(id)
}
