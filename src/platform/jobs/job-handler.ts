import type { Job, JobKind } from './job.ts'

/** Somebody's right to work on a job. `run` grows with every lease: who lost it writes nothing any more. */
export interface JobLease {
  readonly job: Job
  readonly owner: string
  readonly run: string
}

/** What came of a step. */
export type JobStep =
  /** Something was done: the next step may follow at once. */
  | { readonly state: 'went_on' }
  /** Nothing may be done for so long; the lease is kept. */
  | { readonly state: 'wait'; readonly ms: number }
  /** Nothing can be done for so long; the lease is to be given back. */
  | { readonly state: 'later'; readonly ms: number }
  /** It ended, is paused or cancelled, or the lease was lost. */
  | { readonly state: 'over' }

/** Does the work of one kind of job, a step at a time. */
export interface JobHandler {
  readonly kind: JobKind
  /**
   * The next thing of the job and the record of it, in one transaction that holds the job's row: a step that is broken off
   * anywhere has done nothing. Renews the lease. Throws what lies with the infrastructure; what lies with an item is recorded.
   */
  step(lease: JobLease, leaseMs: number): Promise<JobStep>
}
