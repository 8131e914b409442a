import { setTimeout as sleep } from 'node:timers/promises'
import { jobNotFound } from '../../adapters/postgres/jobs/postgres-job-store.ts'
import type { JobRunner } from '../../platform/jobs/job-runner.ts'
import type { JobStore } from '../../platform/jobs/job-store.ts'
import type { Job } from '../../platform/jobs/job.ts'

export interface RunJobOptions {
  readonly jobs: Pick<JobStore, 'job'>
  readonly runner: Pick<JobRunner, 'workOn'>
  /** How often the row is looked at. Default 300 ms. */
  readonly pollMs?: number
}

/**
 * Works on a job in this process as long as nobody else does, and tells of every change that is seen, until it ends or is paused,
 * or the signal is aborted: then the item under way is finished and the job is given back. Throws NX-JOB-NOT-FOUND.
 */
export async function runJob(
  { jobs, runner, pollMs = 300 }: RunJobOptions,
  tenantId: string | null,
  jobId: string,
  onProgress: (job: Job) => void,
  signal: AbortSignal,
): Promise<Job> {
  let told = ''
  const look = async (): Promise<Job> => {
    const job = await jobs.job(tenantId, jobId)
    if (job === null) throw jobNotFound(jobId)
    const text = JSON.stringify(job)
    if (text !== told) onProgress(job)
    told = text
    return job
  }
  let working: Promise<boolean> | null = null
  for (;;) {
    const job = await look()
    if (job.endedAt !== null || job.status === 'paused' || signal.aborted) break
    working ??= runner.workOn(jobId, signal)
    const worked: boolean | null = await Promise.race([working, pause(pollMs, signal)])
    if (worked !== null) working = null
    // Not to be had now: it is not due, or somebody else's.
    if (worked === false) await pause(pollMs, signal)
  }
  await working
  return await look()
}

async function pause(ms: number, signal: AbortSignal): Promise<null> {
  await sleep(ms, undefined, { signal }).catch(() => {})
  return null
}
