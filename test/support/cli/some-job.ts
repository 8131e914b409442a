import type { Job } from '../../../src/platform/jobs/job.ts'

/** A job of 100 letters, half way, ten seconds after its begin at 12:00. */
export function someJob(change: Partial<Job> = {}): Job {
  return {
    id: '0199f4a2-6d5b-7c3e-9f10-2a6f0c1d8e77',
    tenantId: '0199f4a2-0000-7c3e-9f10-2a6f0c1d8e77',
    kind: 'dlq.replay',
    status: 'running',
    options: { selection: { fingerprint: 'fp_0123456789ab' } },
    pace: { perSecond: 5, canary: 1, stopOnFailShare: 0.2, startAt: null },
    counts: { total: 100, done: 45, skipped: 3, failed: 2 },
    sums: {},
    firstError: null,
    pausedBecause: null,
    actor: 'local:ada',
    reason: 'outage over',
    createdAt: '2026-01-31T11:59:59.000Z',
    startedAt: '2026-01-31T12:00:00.000Z',
    endedAt: null,
    ...change,
  }
}

export const tenSecondsIn = new Date('2026-01-31T12:00:10.000Z')
