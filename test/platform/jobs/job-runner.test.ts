import { expect } from 'chai'
import { systemClock } from '../../../src/kernel/clock.ts'
import { silentLogger } from '../../../src/kernel/logger.ts'
import type { JobHandler, JobLease, JobStep } from '../../../src/platform/jobs/job-handler.ts'
import { JobRunner } from '../../../src/platform/jobs/job-runner.ts'
import type { Job } from '../../../src/platform/jobs/job.ts'
import { eventually } from '../../support/eventually.ts'

const job: Job = {
  id: 'j',
  tenantId: 't',
  kind: 'dlq.replay',
  status: 'running',
  options: {},
  pace: { perSecond: null, canary: 0, stopOnFailShare: null, startAt: null },
  counts: { total: 1, done: 0, skipped: 0, failed: 0 },
  sums: {},
  firstError: null,
  pausedBecause: null,
  actor: 'local:test',
  reason: null,
  createdAt: '2026-03-05T12:00:00Z',
  startedAt: null,
  endedAt: null,
}

/** Leases in memory: the ids that are due, and what was given back with which delay. */
function setup(due: readonly string[], step: (lease: JobLease) => Promise<JobStep>) {
  const waiting = [...due]
  const released: Array<readonly [string, number]> = []
  const leases = {
    claim: async ({ only }: { only?: string }): Promise<JobLease | null> => {
      const at = only === undefined ? 0 : waiting.indexOf(only)
      const [id] = at < 0 ? [] : waiting.splice(at, 1)
      return id === undefined ? null : { job: { ...job, id }, owner: 'me', run: '1' }
    },
    release: async (lease: JobLease, delayMs: number): Promise<void> => {
      released.push([lease.job.id, delayMs])
    },
  }
  const handler: JobHandler = { kind: 'dlq.replay', step }
  const options = { leases, handlers: [handler], owner: 'me', clock: systemClock, logger: silentLogger }
  return { runner: new JobRunner({ ...options, idleMs: 5, retryMs: 7 }), released }
}

describe('JobRunner', () => {
  it('has at most two jobs under way, and takes the next when one is over', async () => {
    const open = new Map<string, (step: JobStep) => void>()
    const { runner } = setup(
      ['a', 'b', 'c'],
      async ({ job: { id } }) => new Promise<JobStep>((resolve) => open.set(id, resolve)),
    )
    await runner.start()
    await eventually(() => open.size === 2)
    expect([...open.keys()]).to.deep.equal(['a', 'b'])
    open.get('a')?.({ state: 'over' })
    await eventually(() => open.has('c'))
    open.get('b')?.({ state: 'over' })
    open.get('c')?.({ state: 'over' })
    await runner.stop()
    expect(runner.counters).to.include({ claimed: 3, over: 3, failures: 0 })
  })

  it('finishes the step under way when it is stopped, and gives the job back at once', async () => {
    let steps = 0
    let goOn = (): void => {}
    const { runner, released } = setup(['a'], async () => {
      steps += 1
      await new Promise<void>((resolve) => (goOn = resolve))
      return { state: 'went_on' }
    })
    await runner.start()
    await eventually(() => steps === 1)
    const stopped = runner.stop()
    goOn()
    await stopped
    expect(steps).to.equal(1)
    expect(released).to.deep.equal([['a', 0]])
  })

  it('gives a job back after trouble with the infrastructure, to be tried again later', async () => {
    const { runner, released } = setup(['a'], async () => {
      throw new Error('the database is away')
    })
    expect(await runner.workOn('a', new AbortController().signal)).to.equal(true)
    expect(released).to.deep.equal([['a', 7]])
    expect(runner.counters.failures).to.equal(1)
  })

  it('gives a job back for as long as a step asks for, and works on no other than the one named', async () => {
    const { runner, released } = setup(['a', 'b'], async () => ({ state: 'later', ms: 1_000 }))
    expect(await runner.workOn('b', new AbortController().signal)).to.equal(true)
    expect(await runner.workOn('unknown', new AbortController().signal)).to.equal(false)
    expect(released).to.deep.equal([['b', 1_000]])
  })

  it('waits for its pace with the lease in hand, and no longer than until it is stopped', async () => {
    const abort = new AbortController()
    const { runner, released } = setup(['a'], async () => {
      setImmediate(() => abort.abort())
      return { state: 'wait', ms: 3_600_000 }
    })
    expect(await runner.workOn('a', abort.signal)).to.equal(true)
    expect(released).to.deep.equal([['a', 0]])
  })
})
