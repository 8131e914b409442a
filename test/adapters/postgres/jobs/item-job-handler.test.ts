import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import fc from 'fast-check'
import { eventReplayWork } from '../../../../src/adapters/postgres/jobs/event-replay-work.ts'
import { ItemJobHandler } from '../../../../src/adapters/postgres/jobs/item-job-handler.ts'
import type { ItemWork } from '../../../../src/adapters/postgres/jobs/item-work.ts'
import { NxError } from '../../../../src/kernel/errors.ts'
import type { JobLease } from '../../../../src/platform/jobs/job-handler.ts'
import type { Job } from '../../../../src/platform/jobs/job.ts'
import { querySuperuser } from '../../../support/database.ts'
import { eventually } from '../../../support/eventually.ts'
import { testRunner, workOff } from '../../../support/stores/jobs.ts'
import { effectsOf, expectConserved, replayJob } from '../../../support/stores/replay-job.ts'
import { testActor } from '../../../support/stores/tenants.ts'
import { openTestQueue } from '../../../support/stores/test-queue.ts'
import type { TestQueue } from '../../../support/stores/test-queue.ts'

const workerFile = fileURLToPath(new URL('../../../support/stores/job-worker.ts', import.meta.url))
const leaseMs = 60_000

describe('ItemJobHandler', () => {
  let opened: TestQueue
  before(async () => {
    opened = await openTestQueue()
  })
  after(async () => opened.close())

  /** Leases end now, whoever holds them. */
  const expireLeases = async (): Promise<void> => {
    await querySuperuser(opened.test, `update job set claimable_at = now() where status = 'running'`)
  }

  it('does every item once, in order, and ends', async () => {
    const job = await replayJob(opened.database, 30)
    const ended = await workOff(opened.database, testRunner(opened.database), job)
    expect(ended).to.include({ status: 'succeeded', pausedBecause: null })
    expect(ended.endedAt).not.to.equal(null)
    await expectConserved(opened.database, opened.test, job)
    const rows = await querySuperuser<{ ord: string }>(
      opened.test,
      `select split_part(external_id, '#', 2) as ord from event_log where external_id like $1 order by txid, pos`,
      [`${job.id}#%`],
    )
    expect(rows.map(({ ord }) => Number(ord))).to.deep.equal(rows.map((_, at) => at + 1))
  })

  it('records an item that fails and goes on with the rest; the failed one had no effect', async () => {
    const job = await replayJob(opened.database, 5)
    const work = eventReplayWork()
    const handler = new ItemJobHandler(opened.pool, {
      ...work,
      carryOut: async (client, given, item) => {
        const result = await work.carryOut(client, given, item)
        if (item.ord === 2) throw new NxError('invalid', 'NX-TEST', 'This one is bad')
        if (item.ord === 3) await client.query('select 1 / 0')
        return result
      },
    })
    const ended = await workOff(opened.database, testRunner(opened.database, { handlers: [handler] }), job)
    expect(ended).to.include({ status: 'partly_failed', firstError: 'NX-TEST: This one is bad' })
    expect(ended.counts).to.deep.equal({ total: 5, done: 3, skipped: 0, failed: 2 })
    await expectConserved(opened.database, opened.test, job)
  })

  it('pauses itself when too large a share of the items failed', async () => {
    const job = await replayJob(opened.database, 10, { stopOnFailShare: 0.4 })
    const work = eventReplayWork()
    const handler = new ItemJobHandler(opened.pool, {
      ...work,
      carryOut: async (client, given, item) =>
        item.ord > 3 ? { status: 'failed', note: 'bad' } : await work.carryOut(client, given, item),
    })
    const runner = testRunner(opened.database, { handlers: [handler] })
    const paused = await workOff(opened.database, runner, job)
    expect(paused).to.include({
      status: 'paused',
      pausedBecause: '2 of 5 items failed; it was to stop at 40 %',
    })
    await expectConserved(opened.database, opened.test, job)
  })

  it('looks at what its items set going, and stops when too much of it failed', async () => {
    const job = await replayJob(opened.database, 30, { stopOnFailShare: 0.3 })
    const handler = new ItemJobHandler(opened.pool, {
      ...eventReplayWork(),
      settled: async (_client, _job, { ord }) => (ord <= 8 ? 'failed' : 'pending'),
    })
    const runner = testRunner(opened.database, { handlers: [handler] })
    const paused = await workOff(opened.database, runner, job)
    expect(paused).to.include({
      status: 'paused',
      pausedBecause: '8 of 20 items failed; it was to stop at 30 %',
    })
    expect(paused.counts).to.deep.equal({ total: 30, done: 12, skipped: 0, failed: 8 })
  })

  it('keeps its pace on the database clock, whoever works', async () => {
    const job = await replayJob(opened.database, 3, { perSecond: 0.01 })
    const handler = new ItemJobHandler(opened.pool, eventReplayWork())
    const lease = async () =>
      (await opened.database.stores.jobLeases.claim({
        kinds: ['event.replay'],
        owner: 'a',
        leaseMs,
        only: job.id,
      })) as JobLease
    const first = await lease()
    expect((await handler.step(first, leaseMs)).state).to.equal('went_on')
    const second = await handler.step(first, leaseMs)
    expect(second.state).to.equal('wait')
    await expireLeases()
    expect((await handler.step(await lease(), leaseMs)).state).to.equal('wait')
    expect((await effectsOf(opened.test, job)).size).to.equal(1)
  })

  it('does not begin before its time', async () => {
    const job = await replayJob(opened.database, 1, { startAt: '2999-01-01T00:00:00Z' })
    expect(await workOff(opened.database, testRunner(opened.database), job)).to.include({ status: 'waiting' })
    expect((await effectsOf(opened.test, job)).size).to.equal(0)
  })

  for (const { title, crashAt } of [
    { title: 'killed in the middle of an item', crashAt: 7 },
    { title: 'killed from outside between or in its items', crashAt: 0 },
  ]) {
    it(`is gone on with where it stood when its process is ${title}`, async () => {
      const job = await replayJob(opened.database, 40, { perSecond: 100 })
      const worker = spawn(process.execPath, [workerFile, opened.test.url, String(crashAt)], {
        stdio: 'ignore',
      })
      try {
        const died = once(worker, 'exit')
        if (crashAt === 0) await progress(job, 5).then(() => worker.kill('SIGKILL'))
        await died
        expect(worker.signalCode).to.equal('SIGKILL')
        const left = await expectConserved(opened.database, opened.test, job)
        expect(left).to.include({ status: 'running' })
        const runner = testRunner(opened.database, { leaseMs: 400 })
        const ended = await eventually(async (): Promise<Job> => {
          const now = await workOff(opened.database, runner, job)
          if (now.endedAt === null) throw new Error(`It is ${now.status} still`)
          return now
        })
        expect(ended).to.include({ status: 'succeeded' })
        expect(ended.counts.done).to.equal(40)
        await expectConserved(opened.database, opened.test, job)
      } finally {
        killed(worker)
      }
    })
  }

  it('has each effect exactly once under any interleaving of workers, crashes, pauses and take-overs', async function () {
    this.timeout(120_000)
    const workers = [worker(), worker()] as const
    await fc.assert(
      fc.asyncProperty(fc.array(action, { minLength: 5, maxLength: 25 }), async (actions) => {
        const job = await replayJob(opened.database, 6)
        let atCancel: number | null = null
        for (const step of actions) {
          await perform(job, step)
          const now = await expectConserved(opened.database, opened.test, job)
          if (now.status !== 'cancelled') continue
          atCancel ??= now.counts.done
          expect(now.counts.done, 'done after it was cancelled').to.equal(atCancel)
        }
        if (atCancel !== null) return
        await opened.database.stores.jobs.resume(job.tenantId, job.id, testActor, null).catch(ended)
        await expireLeases()
        await workOff(opened.database, testRunner(opened.database), job)
        const done = await expectConserved(opened.database, opened.test, job)
        expect(done.counts).to.deep.equal({ total: 6, done: 6, skipped: 0, failed: 0 })
      }),
      { numRuns: 30 },
    )

    type Worker = (typeof workers)[number]

    /** A worker keeps its lease after it lost it, as one does that was stopped and goes on. */
    function worker() {
      const armed = { crash: false }
      const crashPoints = {
        reach: (): void => {
          if (armed.crash) throw new Error('crashed')
        },
      }
      const work = eventReplayWork()
      const slowly: ItemWork = {
        ...work,
        carryOut: async (client, job, item) => {
          const result = await work.carryOut(client, job, item)
          await client.query('select pg_sleep(0.005)')
          return result
        },
      }
      const handler = new ItemJobHandler(opened.pool, slowly, crashPoints)
      return { armed, handler, lease: null as JobLease | null }
    }

    async function perform(job: Job, { kind, by, steps }: Action): Promise<void> {
      const { jobs, jobLeases } = opened.database.stores
      const [one, other] = by === 0 ? workers : [workers[1], workers[0]]
      const go = async (mine: Worker): Promise<void> => {
        if (mine.lease?.job.id === job.id) await mine.handler.step(mine.lease, leaseMs)
      }
      /** When the lease is over, unless somebody is in the middle of an item: the row is held as long. */
      const claim = async (mine: Worker): Promise<void> => {
        await expireLeases()
        const given = { kinds: ['event.replay'] as const, owner: String(by), leaseMs: leaseMs, only: job.id }
        mine.lease = (await jobLeases.claim(given)) ?? mine.lease
      }
      switch (kind) {
        case 'claim':
          return await claim(one)
        case 'step':
          for (let at = 0; at < steps; at += 1) await go(one)
          return
        case 'crash':
          one.armed.crash = true
          await go(one).catch(() => {})
          one.armed.crash = false
          return
        case 'release':
          if (one.lease?.job.id === job.id) await jobLeases.release(one.lease, 0)
          return
        case 'race':
          // The other takes it over while this one is at it.
          await Promise.all([
            go(one).then(async () => await go(one)),
            claim(other).then(async () => await go(other)),
          ])
          return
        case 'cut':
          await Promise.all([go(one), jobs.pause(job.tenantId, job.id, testActor, null).catch(ended)])
          return
        default:
          await jobs[kind](job.tenantId, job.id, testActor, null).catch(ended)
      }
    }
  })

  async function progress(job: Job, done: number): Promise<void> {
    await eventually(async () => {
      const now = await opened.database.stores.jobs.job(job.tenantId, job.id)
      return (now?.counts.done ?? 0) >= done
    })
  }
})

interface Action {
  readonly kind: 'claim' | 'step' | 'crash' | 'release' | 'race' | 'cut' | 'pause' | 'resume' | 'cancel'
  readonly by: 0 | 1
  readonly steps: number
}

const action: fc.Arbitrary<Action> = fc.record({
  kind: fc.oneof(
    { weight: 12, arbitrary: fc.constantFrom('claim', 'step', 'race', 'resume') },
    { weight: 5, arbitrary: fc.constantFrom('crash', 'release', 'cut', 'pause') },
    { weight: 1, arbitrary: fc.constant('cancel') },
  ) as fc.Arbitrary<Action['kind']>,
  by: fc.constantFrom<0 | 1>(0, 1),
  steps: fc.integer({ min: 1, max: 4 }),
})

/** What has ended cannot be changed: that is its business, not the test's. */
function ended(error: unknown): null {
  if (error instanceof NxError && error.code === 'NX-JOB-ENDED') return null
  throw error
}

function killed(worker: ChildProcess): void {
  if (worker.exitCode === null && worker.signalCode === null) worker.kill('SIGKILL')
}
