import type { JobKind } from './job.ts'
import type { JobLease } from './job-handler.ts'

/** Who works on what. Leases run on the database clock and are renewed by the steps of the work itself. */
export interface JobLeases {
  /** Takes the job that has waited longest for one of these kinds; `only`: this one or none. null: nothing is due. */
  claim(options: {
    readonly kinds: readonly JobKind[]
    readonly owner: string
    readonly leaseMs: number
    readonly only?: string
  }): Promise<JobLease | null>
  /** Gives a job back, to be gone on with after `delayMs` by whoever is free. Without effect when the lease is lost. */
  release(lease: JobLease, delayMs: number): Promise<void>
}
