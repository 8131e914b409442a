import { expect } from 'chai'
import { runJob } from '../../../src/app/jobs/run-job.ts'
import type { Job } from '../../../src/platform/jobs/job.ts'
import { testRunner } from '../../support/stores/jobs.ts'
import { expectConserved, replayJob } from '../../support/stores/replay-job.ts'
import { testActor } from '../../support/stores/tenants.ts'
import { openTestQueue } from '../../support/stores/test-queue.ts'
import type { TestQueue } from '../../support/stores/test-queue.ts'

describe('runJob', () => {
  let opened: TestQueue
  before(async () => {
    opened = await openTestQueue()
  })
  after(async () => opened.close())

  const options = (pollMs = 5) => ({
    jobs: opened.database.stores.jobs,
    runner: testRunner(opened.database),
    pollMs,
  })

  it('works a job off and tells of its progress to the end', async () => {
    const job = await replayJob(opened.database, 20)
    const seen: Job[] = []
    const never = new AbortController().signal
    const ended = await runJob(options(), job.tenantId, job.id, (now) => seen.push(now), never)
    expect(ended).to.include({ status: 'succeeded' })
    expect(seen.at(-1)).to.deep.equal(ended)
    expect(seen[0]?.counts.done).to.equal(0)
  })

  it('gives the job back when it is aborted, and another process goes on with it at once', async () => {
    const job = await replayJob(opened.database, 50, { perSecond: 200 })
    const abort = new AbortController()
    const onProgress = (now: Job): void => {
      if (now.counts.done > 2) abort.abort()
    }
    const left = await runJob(options(), job.tenantId, job.id, onProgress, abort.signal)
    expect(left).to.include({ status: 'waiting' })
    expect(left.counts.done).to.be.lessThan(50)
    const never = new AbortController().signal
    const ended = await runJob(options(), job.tenantId, job.id, () => {}, never)
    expect(ended.counts.done).to.equal(50)
    await expectConserved(opened.database, opened.test, job)
  })

  it('follows the row while somebody else works on the job', async () => {
    const job = await replayJob(opened.database, 30, { perSecond: 100 })
    const never = new AbortController().signal
    const [first, second] = await Promise.all([
      runJob(options(), job.tenantId, job.id, () => {}, never),
      runJob(options(), job.tenantId, job.id, () => {}, never),
    ])
    expect(first).to.deep.equal(second)
    await expectConserved(opened.database, opened.test, job)
  })

  it('comes back when the job is paused, and says so when there is none', async () => {
    const job = await replayJob(opened.database, 3)
    await opened.database.stores.jobs.pause(job.tenantId, job.id, testActor, 'hold')
    const never = new AbortController().signal
    expect(await runJob(options(), job.tenantId, job.id, () => {}, never)).to.include({ status: 'paused' })
    const unknown = runJob(options(), job.tenantId, 'nonsense', () => {}, never)
    expect(await unknown.catch((error: unknown) => error)).to.include({ code: 'NX-JOB-NOT-FOUND' })
  })
})
