import { expect } from 'chai'
import type { NxError } from '../../../../../src/kernel/errors.ts'
import type { Publication } from '../../../../../src/messaging/bus/publication.ts'
import type { OutgoingEvent } from '../../../../../src/messaging/relay/event-log.ts'
import { querySuperuser } from '../../../../support/database.ts'
import { incoming, request } from '../../../../support/stores/intake.ts'
import { noPace, testRunner, workOff } from '../../../../support/stores/jobs.ts'
import { allStored } from '../../../../support/outgoing.ts'
import { createTenant, testActor } from '../../../../support/stores/tenants.ts'
import { openTestQueue } from '../../../../support/stores/test-queue.ts'
import type { TestQueue } from '../../../../support/stores/test-queue.ts'

const always = { since: '2000-01-01T00:00:00Z', until: '2999-01-01T00:00:00Z' }

describe('OutboxReplayHandler', () => {
  let opened: TestQueue
  before(async () => {
    opened = await openTestQueue()
  })
  after(async () => opened.close())

  /** A tenant with events of as many entities; all of them published, those below `applied` applied. */
  async function setup(count: number, applied: number) {
    const { id: tenantId } = await createTenant(opened.database)
    const events = Array.from({ length: count }, (_, at) =>
      incoming({ tenantId, externalId: `e${at}`, subject: { kind: 'lead', id: String(at) } }),
    )
    await opened.database.stores.intake.acceptAll([request(tenantId, ...events)])
    await querySuperuser(
      opened.test,
      'update relay_cursor set txid = pg_snapshot_xmax(pg_current_snapshot())',
    )
    await querySuperuser(
      opened.test,
      `insert into entity (tenant_id, entity_key, workspace, kind, id, applied_seq)
       select $1, 'default/lead/' || at, 'default', 'lead', at::text, 1 from generate_series(0, $2::integer - 1) at`,
      [tenantId, applied],
    )
    return { tenantId, ids: events.map(({ event }) => event.id) }
  }

  /** Keeps what was published; stores as many as it is told to, then fails. */
  function recordingBus(roomFor = Number.POSITIVE_INFINITY) {
    const published: Array<readonly [string, number]> = []
    const bus = {
      room: roomFor,
      publish: async (events: readonly OutgoingEvent[], number = 1): Promise<Publication> => {
        const stored = events.slice(0, bus.room)
        bus.room -= stored.length
        published.push(...stored.map(({ eventId }) => [eventId, number] as const))
        return allStored(events, stored.length)
      },
    }
    return { bus, published }
  }

  const start = async (tenantId: string | null, selection = {}, pace = noPace) =>
    opened.database.stores.outboxReplays.start(
      tenantId,
      { ...always, ...selection },
      pace,
      testActor,
      'wiped',
    )

  it('publishes what is published already once more, and counts what will be suppressed', async () => {
    const { tenantId, ids } = await setup(5, 2)
    const { bus, published } = recordingBus()
    const plan = await opened.database.stores.outboxReplays.plan(tenantId, always, noPace)
    expect(plan).to.deep.equal({ total: 5, applied: 2, estimatedMs: null })
    const ended = await workOff(opened.database, testRunner(opened.database, { bus }), await start(tenantId))
    expect(ended).to.include({ status: 'succeeded' })
    expect(ended.counts).to.deep.equal({ total: 5, done: 5, skipped: 0, failed: 0 })
    expect(ended.sums).to.deep.equal({ published: 5, suppressed: 2, pending: 0 })
    expect(published.map(([id]) => id)).to.deep.equal(ids)
    expect(published.every(([, number]) => number > 1)).to.equal(true)
  })

  it('leaves to the relay what it has not published yet', async () => {
    const { tenantId } = await setup(3, 0)
    await querySuperuser(opened.test, `update relay_cursor set txid = '0', pos = 0`)
    const { bus, published } = recordingBus()
    const ended = await workOff(opened.database, testRunner(opened.database, { bus }), await start(tenantId))
    expect(ended.counts).to.deep.equal({ total: 3, done: 0, skipped: 3, failed: 0 })
    expect(published).to.deep.equal([])
  })

  it('goes on behind the last event that the bus stored, under the same numbers', async () => {
    const { tenantId, ids } = await setup(6, 0)
    const { bus, published } = recordingBus(4)
    const job = await start(tenantId)
    const runner = testRunner(opened.database, { bus, retryMs: 0 })
    expect(await workOff(opened.database, runner, job)).to.include({ status: 'waiting' })
    bus.room = 100
    const ended = await workOff(opened.database, runner, job)
    expect(ended.counts.done).to.equal(6)
    expect(published.map(([id]) => id)).to.deep.equal(ids)
    expect(new Set(published.map(([, number]) => number)).size).to.equal(1)
  })

  it('walks all shards for all tenants, and selects by type and entity', async () => {
    const [one, two] = [await setup(4, 0), await setup(3, 0)]
    const all = recordingBus()
    const ended = await workOff(
      opened.database,
      testRunner(opened.database, { bus: all.bus }),
      await start(null),
    )
    const seen = new Set(all.published.map(([id]) => id))
    for (const id of [...one.ids, ...two.ids]) expect(seen.has(id)).to.equal(true)
    expect(ended.counts.done).to.equal(ended.counts.total)
    const some = recordingBus()
    const runner = testRunner(opened.database, { bus: some.bus })
    await workOff(
      opened.database,
      runner,
      await start(one.tenantId, { entity: { workspace: 'default', kind: 'lead', id: '2' } }),
    )
    expect(some.published.map(([id]) => id)).to.deep.equal([one.ids[2]])
    const none = await start(one.tenantId, { type: 'no.such' }).catch((error: unknown) => error as NxError)
    expect(none).to.include({ code: 'NX-OUTBOX-EMPTY' })
  })

  it('waits while publishing is paused', async () => {
    const { tenantId } = await setup(1, 0)
    const { outboxControl, jobs } = opened.database.stores
    const { bus, published } = recordingBus()
    await outboxControl.pause({ shards: null, forMs: null, by: 'test', reason: 'hold' })
    const job = await start(tenantId)
    const held = await workOff(opened.database, testRunner(opened.database, { bus }), job)
    await outboxControl.resume('test', null)
    expect(held).to.include({ status: 'waiting' })
    expect(published).to.deep.equal([])
    await jobs.cancel(tenantId, job.id, testActor, null)
  })

  it('is left alone by a process without a bus', async () => {
    const { tenantId } = await setup(1, 0)
    const job = await start(tenantId)
    expect(await workOff(opened.database, testRunner(opened.database), job)).to.include({ status: 'waiting' })
  })
})
