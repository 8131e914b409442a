import { expect } from 'chai'
import type { Database } from '../../../../src/adapters/postgres/database.ts'
import { derivedId } from '../../../../src/kernel/ids.ts'
import { shardOf } from '../../../../src/messaging/events/entity-key.ts'
import type { ShardLease } from '../../../../src/messaging/ownership/shard-leases.ts'
import { deadEvent } from '../../../../src/sales-core/processing/dead-letters-of.ts'
import type { WorkflowInstance } from '../../../../src/sales-core/workflows/workflow-instance.ts'
import { openTestDatabase } from '../../../support/database.ts'
import { decideSeen, waitingInstance } from '../../../support/stores/decisions.ts'
import { incoming, request } from '../../../support/stores/intake.ts'
import { createTenant, testActor } from '../../../support/stores/tenants.ts'

describe('waits of workflows on Postgres', () => {
  let opened: { database: Database; close(): Promise<void> }
  let leases: readonly ShardLease[]
  before(async () => {
    opened = await openTestDatabase()
    leases = await opened.database.stores.shardLeases.heartbeat({
      daemonId: 'a',
      host: 'h',
      version: '1',
      leaseMs: 600_000,
    })
  })
  after(async () => opened.close())

  const shards = Array.from({ length: 64 }, (_, shard) => shard)
  const past = '2020-01-01T00:00:00.000Z'
  const future = '2099-01-01T00:00:00.000Z'

  /** A lead with instances that wait until these times. */
  async function setup(...until: readonly (string | null)[]) {
    const { intake, outbox, decisions } = opened.database.stores
    const { id: tenantId } = await createTenant(opened.database)
    await intake.acceptAll([request(tenantId, incoming({ tenantId, correlationId: 'case-7' }))])
    const [event] = await outbox.entityRange(tenantId, 'default/lead/42', 1, 2)
    const instances: WorkflowInstance[] = until.map((time) => waitingInstance(event!, time))
    await decisions.apply(
      [event!],
      leases,
      decideSeen(() => ({ instances })),
    )
    return { tenantId, event: event!, instances, shard: shardOf(tenantId, 'default/lead/42') }
  }

  it('makes a wait that is over into one event of its entity', async () => {
    const { timers, outbox } = opened.database.stores
    const { tenantId, event, instances, shard } = await setup(past, future, null)
    expect(await timers.nextDueMs([shard])).to.equal(0)
    expect(await timers.fireDue(shards, 10)).to.equal(1)
    expect(await timers.fireDue(shards, 10)).to.equal(0)
    const fired = await outbox.entityRange(tenantId, 'default/lead/42', 2, 9)
    const id = derivedId('timer', instances[0]!.id, '1')
    expect(fired).to.have.length(1)
    expect(fired[0]).to.deep.include({
      id,
      rootId: id,
      type: 'timer.due',
      origin: 'timer',
      depth: 0,
      correlationId: 'case-7',
      causationId: event.id,
      entitySeq: 2,
      data: { instanceId: instances[0]!.id, seq: 1 },
    })
    expect(await timers.nextDueMs([shard])).to.be.above(1_000_000_000)
  })

  it('fires in the shards it is asked for only, and no more than so many', async () => {
    const { timers } = opened.database.stores
    const { shard } = await setup(past, past, past)
    expect(
      await timers.fireDue(
        shards.filter((other) => other !== shard),
        10,
      ),
    ).to.equal(0)
    expect(await timers.fireDue([shard], 2)).to.equal(2)
    expect(await timers.fireDue([shard], 2)).to.equal(1)
    expect(await timers.nextDueMs([])).to.be.null
  })

  it('fires once when several ask at the same time', async () => {
    const { timers } = opened.database.stores
    const { shard } = await setup(...Array.from({ length: 20 }, () => past))
    const fired = await Promise.all(Array.from({ length: 5 }, async () => timers.fireDue([shard], 20)))
    const rest = await timers.fireDue([shard], 20)
    expect(fired.reduce((sum, count) => sum + count, rest)).to.equal(20)
  })

  it('stays a timer when it was put aside and is replayed, so that its workflow can still wake', async () => {
    const { timers, outbox, decisions, messages, deadLetters } = opened.database.stores
    const { shard, tenantId } = await setup(past)
    await timers.fireDue([shard], 10)
    const [fired] = await outbox.entityRange(tenantId, 'default/lead/42', 2, 3)
    const letter = deadEvent(fired!, 'invalid', 'NX-CONFIG-STORED-INVALID', 'It does not fit this version')
    await decisions.apply([fired!], leases, async () => [
      { event: fired!, state: 'dead', deadLetter: letter },
    ])
    const { items } = await messages.deadLetters(tenantId, {}, { limit: 10, cursor: null })
    const ids = items.map(({ id }) => id)
    await deadLetters.replay(tenantId, ids, { includeInDoubt: false }, testActor, null)
    const [replayed] = await outbox.entityRange(tenantId, 'default/lead/42', 3, 4)
    expect(replayed).to.deep.include({ type: 'timer.due', origin: 'timer', data: fired!.data })
    expect(replayed?.id).not.to.equal(fired!.id)
  })
})
