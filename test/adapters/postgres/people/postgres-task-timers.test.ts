import { expect } from 'chai'
import type { Database } from '../../../../src/adapters/postgres/database.ts'
import { systemClock } from '../../../../src/kernel/clock.ts'
import { silentLogger } from '../../../../src/kernel/logger.ts'
import type { ShardLease } from '../../../../src/messaging/ownership/shard-leases.ts'
import { EventProcessor } from '../../../../src/sales-core/processing/event-processor.ts'
import { openTestDatabase, querySuperuser } from '../../../support/database.ts'
import type { TestDatabase } from '../../../support/database.ts'
import { salesConfig } from '../../../support/sales/sales-config.ts'
import { incoming, request } from '../../../support/stores/intake.ts'
import { createTenant } from '../../../support/stores/tenants.ts'

const config = salesConfig(`kind: Team
name: closers
members: [ { rep: a }, { rep: b } ]
`)

describe('tasks on Postgres', () => {
  let opened: { database: Database; test: TestDatabase; close(): Promise<void> }
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

  /** A task made by an event, and how to let more happen to it. */
  async function setup(data: object) {
    const { intake, outbox, decisions } = opened.database.stores
    const { id: tenantId } = await createTenant(opened.database)
    const subject = { kind: 'task', id: '7' }
    const processor = new EventProcessor({
      store: decisions,
      configs: { configFor: async () => ({ config, unknownEvents: 'accept' }), document: async () => null },
      clock: systemClock,
      logger: silentLogger,
    })
    let applied = 0
    const events = async () => outbox.entityRange(tenantId, 'default/task/7', 1, 100)
    const applyAll = async () => {
      const all = await events()
      await processor.process(all.slice(applied), leases)
      applied = all.length
    }
    const happen = async (type: string, given: object) => {
      const event = incoming({
        tenantId,
        subject,
        type,
        externalId: `${type} ${applied}`,
        data: { ...given },
      })
      await intake.acceptAll([request(tenantId, event)])
      await applyAll()
    }
    await happen('task.created', data)
    const row = async () => {
      const [found] = await querySuperuser<Record<string, unknown>>(
        opened.test,
        'select status, assignee, team, rung, next_at is not null as waits from task where tenant_id = $1',
        [tenantId],
      )
      return found
    }
    return { tenantId, events, applyAll, happen, row }
  }

  it('fires each time of a task once, and its row follows the entity', async () => {
    const { timers } = opened.database.stores
    const { events, applyAll, row } = await setup({
      title: 'Call',
      to: 'lena',
      due: past,
      ladder: [{ at: past, team: 'closers' }],
    })
    expect(await row()).to.deep.equal({ status: 'open', assignee: 'lena', team: null, rung: 0, waits: true })
    expect(await timers.nextDueMs(shards)).to.equal(0)
    expect(await timers.fireDue(shards, 10)).to.equal(1)
    expect(await timers.fireDue(shards, 10)).to.equal(0)
    await applyAll()
    expect(await row()).to.include({ rung: 1, assignee: 'lena', waits: true })
    expect(await timers.fireDue(shards, 10)).to.equal(1)
    await applyAll()
    expect(await row()).to.deep.equal({
      status: 'open',
      assignee: 'a',
      team: 'closers',
      rung: 2,
      waits: false,
    })
    expect(await timers.fireDue(shards, 10)).to.equal(0)
    expect((await events()).map(({ type, origin }) => `${type} ${origin}`)).to.deep.equal([
      'task.created external',
      'task.due timer',
      'task.due timer',
    ])
  })

  it('does not fire again for what happens between a timer and its event', async () => {
    const { timers } = opened.database.stores
    const { happen, row } = await setup({ title: 'Call', to: 'lena', due: past })
    expect(await timers.fireDue(shards, 10)).to.equal(1)
    await happen('task.reassigned', { to: 'tom' })
    expect(await row()).to.include({ assignee: 'tom', rung: 1, waits: false })
    expect(await timers.fireDue(shards, 10)).to.equal(0)
  })

  it('keeps no time of a task that is closed', async () => {
    const { timers } = opened.database.stores
    const { happen, row } = await setup({ title: 'Call', to: 'lena', due: '2099-01-01T00:00:00Z' })
    expect(await row()).to.include({ waits: true })
    await happen('task.completed', { by: 'lena' })
    expect(await row()).to.include({ status: 'done', waits: false })
    expect(await timers.fireDue(shards, 10)).to.equal(0)
  })
})
