import { expect } from 'chai'
import { querySuperuser } from '../../../support/database.ts'
import { testRunner, workOff } from '../../../support/stores/jobs.ts'
import { effectsOf, replayJob } from '../../../support/stores/replay-job.ts'
import { testActor } from '../../../support/stores/tenants.ts'
import { openTestQueue } from '../../../support/stores/test-queue.ts'
import type { TestQueue } from '../../../support/stores/test-queue.ts'

const page = (limit: number, cursor: string | null = null) => ({ limit, cursor })

describe('PostgresJobStore', () => {
  let opened: TestQueue
  before(async () => {
    opened = await openTestQueue()
  })
  after(async () => opened.close())

  it('lets nobody do a thing once it is paused or cancelled, and refuses to change what has ended', async () => {
    const { jobs } = opened.database.stores
    const job = await replayJob(opened.database, 3)
    expect(await jobs.pause(job.tenantId, job.id, testActor, 'wait')).to.include({
      status: 'paused',
      pausedBecause: 'wait',
    })
    expect(await workOff(opened.database, testRunner(opened.database), job)).to.include({ status: 'paused' })
    expect(await jobs.cancel(job.tenantId, job.id, testActor, null)).to.include({ status: 'cancelled' })
    for (const change of ['pause', 'resume', 'cancel'] as const) {
      const error = await jobs[change](job.tenantId, job.id, testActor, null).catch(
        (thrown: unknown) => thrown,
      )
      expect(error).to.include({ code: 'NX-JOB-ENDED', kind: 'conflict' })
    }
    const audit = await querySuperuser<{ action: string }>(
      opened.test,
      'select action from audit_log where target = $1 order by id',
      [`job/${job.id}`],
    )
    expect(audit.map(({ action }) => action)).to.deep.equal(['job.create', 'job.pause', 'job.cancel'])
    expect((await effectsOf(opened.test, job)).size).to.equal(0)
  })

  it('lists the newest first, by status and kind, page by page, and the items in order', async () => {
    const { jobs, eventReplays } = opened.database.stores
    const first = await replayJob(opened.database, 3)
    const pace = first.pace
    const second = await eventReplays.start(
      first.tenantId,
      {},
      { rule: null, allowRepeat: true },
      pace,
      testActor,
      'x',
    )
    await jobs.pause(first.tenantId, first.id, testActor, null)
    const newest = await jobs.list(first.tenantId, {}, page(1))
    expect(newest.items.map(({ id }) => id)).to.deep.equal([second.id])
    const older = await jobs.list(first.tenantId, {}, page(1, newest.cursor))
    expect(older.items.map(({ id }) => id)).to.deep.equal([first.id])
    expect(older.cursor).to.equal(null)
    const paused = await jobs.list(first.tenantId, { status: 'paused', kind: 'event.replay' }, page(5))
    expect(paused.items.map(({ id }) => id)).to.deep.equal([first.id])
    const start = await jobs.items(first.tenantId, first.id, page(2))
    const rest = await jobs.items(first.tenantId, first.id, page(2, start.cursor))
    expect([...start.items, ...rest.items].map(({ ord }) => ord)).to.deep.equal([1, 2, 3])
    expect((await jobs.list(null, {}, page(5))).items).to.deep.equal([])
  })
})
