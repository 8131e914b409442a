import { setTimeout as pause } from 'node:timers/promises'
import type { Operator } from '../../app/operator.ts'
import { foundOr } from '../errors/not-found.ts'
import { hasEnded } from './shown-job.ts'
import type { ShownJob } from './shown-job.ts'

const lookEveryMs = 500

/** Follows a job that others work on until it ends or pauses, or the signal is aborted. Throws NX-JOB-NOT-FOUND. */
export async function watchJob(
  jobs: Pick<Operator['jobs'], 'job'>,
  tenantId: string | null,
  jobId: string,
  onProgress: (job: ShownJob) => void,
  signal: AbortSignal,
): Promise<ShownJob> {
  for (;;) {
    const job = foundOr(await jobs.job(tenantId, jobId), 'job', jobId, 'neuronx job list')
    onProgress(job)
    if (hasEnded(job) || job.status === 'paused' || signal.aborted) return job
    await pause(lookEveryMs, null, { signal }).catch(() => {})
  }
}
