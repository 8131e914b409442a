import { expect } from 'chai'
import pg from 'pg'
import type { CrashPoints } from '../../../../src/kernel/crash-points.ts'
import { systemClock } from '../../../../src/kernel/clock.ts'
import { newId } from '../../../../src/kernel/ids.ts'
import { silentLogger } from '../../../../src/kernel/logger.ts'
import { RetentionLoop } from '../../../../src/messaging/relay/retention-loop.ts'
import type { RetentionLoopOptions } from '../../../../src/messaging/relay/retention-loop.ts'
import { querySuperuser } from '../../../support/database.ts'
import { eventually } from '../../../support/eventually.ts'
import { incoming, request } from '../../../support/stores/intake.ts'
import { leadCommand } from '../../../support/stores/queue.ts'
import { openTestQueue } from '../../../support/stores/test-queue.ts'
import type { TestQueue } from '../../../support/stores/test-queue.ts'
import { createTenant } from '../../../support/stores/tenants.ts'
import { backDate, makePartition, partitionsBefore, settleCursors } from './back-dated-log.ts'

const dayMs = 86_400_000

describe('retention of the log', () => {
  let queue: TestQueue
  let tenantId: string
  beforeEach(async () => {
    queue = await openTestQueue()
    tenantId = (await createTenant(queue.database)).id
  })
  afterEach(async () => queue.close())

  /** An event of that day in a partition of its own; returns the event's id. */
  const oldEvent = async (externalId: string, day: string): Promise<string> => {
    await queue.database.stores.intake.acceptAll([
      request(tenantId, incoming({ tenantId, externalId, subject: { kind: 'lead', id: externalId } })),
    ])
    await makePartition(queue.test, day)
    await backDate(queue.test, [externalId], day)
    const [row] = await querySuperuser<{ event_id: string }>(
      queue.test,
      'select event_id from event_log where external_id = $1',
      [externalId],
    )
    return row?.event_id ?? ''
  }

  const sweep = async (options: Partial<RetentionLoopOptions> = {}): Promise<RetentionLoop> => {
    const loop = new RetentionLoop({
      log: queue.database.stores.retention,
      keepMs: 30 * dayMs,
      busKeepsMs: 3 * dayMs,
      clock: systemClock,
      logger: silentLogger,
      ...options,
    })
    await loop.start()
    await eventually(() => loop.rounds + loop.failures > 0)
    await loop.stop()
    return loop
  }

  const left = async () => partitionsBefore(queue.test, '2026-01-01')

  it('drops a day that everything is done with, and tells the audit log', async () => {
    await oldEvent('a', '2025-01-05')
    await settleCursors(queue.test)
    const loop = await sweep()
    expect(await left()).to.deep.equal([])
    expect(loop.counters).to.include({ partitionsDropped: 1, partitionsHeld: 0 })
    const audit = await querySuperuser(
      queue.test,
      `select actor, before from audit_log where action = 'log.drop_partitions'`,
    )
    expect(audit).to.deep.equal([
      { actor: 'daemon:retention', before: { partitions: ['event_log_p20250105'] } },
    ])
  })

  it('keeps a day until the relay and the reconciler have passed all of it', async () => {
    await oldEvent('a', '2025-01-05')
    for (const cursor of ['relay_cursor', 'reconcile_cursor']) {
      await settleCursors(queue.test)
      await querySuperuser(queue.test, `update ${cursor} set txid = '0', pos = 0`)
      const loop = await sweep()
      expect(loop.counters.partitionsHeld, cursor).to.equal(1)
      expect(await left(), cursor).to.deep.equal(['event_log_p20250105'])
    }
  })

  it('keeps the days of commands that have not ended, of open dead letters and of waiting workflows', async () => {
    const [ofCommand, ofLetter, ofWorkflow] = [
      await oldEvent('command', '2025-01-05'),
      await oldEvent('letter', '2025-01-06'),
      await oldEvent('workflow', '2025-01-07'),
    ]
    await oldEvent('nothing', '2025-01-08')
    await settleCursors(queue.test)
    await queue.enqueue(leadCommand(tenantId, 'x', { eventId: ofCommand }))
    await querySuperuser(
      queue.test,
      `insert into dead_letter (id, tenant_id, workspace, source, class, code, reason, event_id, payload, fingerprint)
       values ($1, $2, 'default', 'event', 'poison', 'NX-X', 'because', $3, '{}', 'f')`,
      [newId(), tenantId, ofLetter],
    )
    await querySuperuser(
      queue.test,
      `insert into workflow_instance (id, tenant_id, entity_key, shard, workflow, definition_digest, status, state, seq, vars,
         started_by, started_at, correlation_id, steps)
       values ($1, $2, 'default/lead/workflow', 1, 'w', 'd', 'waiting', '{}', 1, '{}', $3, now(), 'c', 1)`,
      [newId(), tenantId, ofWorkflow],
    )
    await sweep()
    expect(await left()).to.deep.equal(['event_log_p20250105', 'event_log_p20250106', 'event_log_p20250107'])
    const expired = await queue.database.stores.retention.expired(30 * dayMs, 10)
    expect(expired.map(({ heldBy }) => heldBy)).to.deep.equal(['command', 'dead_letter', 'workflow'])

    await querySuperuser(queue.test, 'delete from command_lane')
    await querySuperuser(queue.test, `update dead_letter set status = 'resolved'`)
    await querySuperuser(queue.test, `update workflow_instance set status = 'done'`)
    await sweep()
    expect(await left()).to.deep.equal([])
  })

  it('keeps what is younger than the bus keeps its messages, whatever else is asked for', async () => {
    await oldEvent('a', '2025-01-05')
    await settleCursors(queue.test)
    await sweep({ busKeepsMs: 3650 * dayMs })
    expect(await left()).to.deep.equal(['event_log_p20250105'])
  })

  it('keeps decisions as long as events of their day or an earlier one', async () => {
    await oldEvent('a', '2025-01-05')
    await makePartition(queue.test, '2025-01-04', 'decision')
    await makePartition(queue.test, '2025-01-06', 'decision')
    await sweep()
    expect(await left()).to.deep.equal(['decision_p20250106', 'event_log_p20250105'])
    await settleCursors(queue.test)
    await sweep()
    await sweep()
    expect(await left()).to.deep.equal([])
  })

  it('drops later what was detached by a process that died in between', async () => {
    await oldEvent('a', '2025-01-05')
    await settleCursors(queue.test)
    const dies: CrashPoints = {
      reach: (point) => {
        if (point === 'retention.between_detach_and_drop') throw new Error('killed')
      },
    }
    const loop = await sweep({ crashPoints: dies })
    expect(loop.failures).to.equal(1)
    const rows = await querySuperuser(
      queue.test,
      `select attached from log_partitions() where child = 'event_log_p20250105'`,
    )
    expect(rows).to.deep.equal([{ attached: false }])
    await sweep()
    expect(await left()).to.deep.equal([])
  })

  it('steps aside when a transaction has the log in use, and comes back', async () => {
    await oldEvent('a', '2025-01-05')
    await settleCursors(queue.test)
    const { retention } = queue.database.stores
    const reader = await queue.pool.connect()
    try {
      await reader.query('begin; select 1 from event_log limit 1')
      expect(await retention.detach('event_log_p20250105')).to.be.false
      expect(await left()).to.deep.equal(['event_log_p20250105'])
    } finally {
      await reader.query('rollback')
      reader.release()
    }
    expect(await retention.detach('event_log_p20250105')).to.be.true
  })

  it('does not make a stop wait for a look at the log that hangs', async () => {
    await oldEvent('old', '2025-01-01')
    const holder = new pg.Client(queue.test.superuserUrl)
    await holder.connect()
    await holder.query('begin; lock table neuronx.reconcile_cursor in access exclusive mode')
    const loop = new RetentionLoop({
      log: queue.database.stores.retention,
      busKeepsMs: 3 * dayMs,
      clock: systemClock,
      logger: silentLogger,
    })
    await loop.start()
    const waiting = `select from pg_locks where not granted and relation = 'neuronx.reconcile_cursor'::regclass`
    await eventually(async () => (await querySuperuser(queue.test, waiting)).length > 0)
    await loop.stop()
    expect(await querySuperuser(queue.test, waiting)).to.deep.equal([])
    await holder.end()
  })

  it('detaches nothing that is not a day of the log from a week ago or earlier', async () => {
    const { retention } = queue.database.stores
    const today = `event_log_p${new Date(systemClock.now()).toISOString().slice(0, 10).replaceAll('-', '')}`
    for (const name of [today, 'tenant', 'event_log']) expect(await retention.detach(name), name).to.be.false
    expect(await retention.dropDetached()).to.deep.equal([])
  })

  it('deletes commands and letters that ended long ago, in batches, and no others', async () => {
    const commands = ['a', 'b', 'c', 'd'].map((lead) => leadCommand(tenantId, lead))
    await queue.enqueue(...commands)
    const [old, alsoOld, spoken, recent] = commands.map(({ id }) => id)
    await querySuperuser(
      queue.test,
      `insert into command_outcome (command_id, tenant_id, state, attempts, run_lease, duration_ms, ended_at)
       select id, $1, 'succeeded', 1, 1, 1, case when id = $2 then now() else now() - interval '60 days' end
       from unnest($3::uuid[]) id`,
      [tenantId, recent, commands.map(({ id }) => id)],
    )
    await querySuperuser(
      queue.test,
      `insert into dead_letter (id, tenant_id, workspace, source, class, code, reason, command_id, payload, fingerprint, status, created_at)
       select gen_random_uuid(), $1, 'default', 'command', 'permanent', 'NX-X', 'because', $2, '{}', 'f', status, now() - interval '60 days'
       from unnest(array['open', 'resolved', 'discarded']) status`,
      [tenantId, spoken],
    )
    const { retention } = queue.database.stores
    expect(await retention.deleteEnded(30 * dayMs, 1)).to.equal(2)
    expect(await retention.deleteEnded(30 * dayMs, 10)).to.equal(2)
    expect(await retention.deleteEnded(30 * dayMs, 10)).to.equal(0)
    const rows = await querySuperuser<{ id: string }>(queue.test, 'select id from command')
    expect(rows.map(({ id }) => id))
      .to.have.members([spoken, recent])
      .and.not.include.members([old, alsoOld])
    expect(await querySuperuser(queue.test, 'select status from dead_letter')).to.deep.equal([
      { status: 'open' },
    ])
  })

  it('deletes jobs that ended long ago with their items, and notes of old trouble', async () => {
    const jobs = ['60 days', '1 day'].map((age) => ({ id: newId(), age }))
    for (const { id, age } of jobs) {
      await querySuperuser(
        queue.test,
        `insert into job (id, tenant_id, kind, status, options, actor, ended_at)
         values ($1, $2, 'dlq.replay', 'succeeded', '{}', 'test', now() - $3::interval)`,
        [id, tenantId, age],
      )
      await querySuperuser(
        queue.test,
        `insert into job_item (job_id, ord, tenant_id, target) values ($1, 1, $2, 'x')`,
        [id, tenantId],
      )
      await querySuperuser(
        queue.test,
        `insert into publish_trouble (event_id, tenant_id, last_error, last_at) values ($1, $2, 'e', now() - $3::interval)`,
        [id, tenantId, age],
      )
    }
    await querySuperuser(
      queue.test,
      `insert into job (id, tenant_id, kind, options, actor, created_at)
       values (gen_random_uuid(), $1, 'dlq.replay', '{}', 'test', now() - interval '60 days')`,
      [tenantId],
    )
    const { retention } = queue.database.stores
    expect(await retention.deleteEnded(30 * dayMs, 10)).to.equal(2)
    expect(await retention.deleteEnded(30 * dayMs, 10)).to.equal(0)
    const recent = [{ id: jobs[1]?.id }]
    expect(await querySuperuser(queue.test, 'select id from job where ended_at is not null')).to.deep.equal(
      recent,
    )
    expect(await querySuperuser(queue.test, 'select job_id as id from job_item')).to.deep.equal(recent)
    expect(await querySuperuser(queue.test, 'select event_id as id from publish_trouble')).to.deep.equal(
      recent,
    )
    expect(await querySuperuser(queue.test, 'select id from job')).to.have.length(2)
  })
})
