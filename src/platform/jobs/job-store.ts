import type { Page, PageRequest } from '../../messaging/reading/event-reader.ts'
import type { Actor } from '../access/actor.ts'
import type { Job, JobItem, JobKind, JobStatus } from './job.ts'

export interface JobFilter {
  readonly status?: JobStatus
  readonly kind?: JobKind
  /** Kinds by their first word: `dlq` for dlq.replay, dlq.resolve, … */
  readonly topic?: string
}

/** Jobs as people see and steer them. Tenant null: the installation's own. Every change writes an audit row. */
export interface JobStore {
  job(tenantId: string | null, id: string): Promise<Job | null>
  /** Newest first. */
  list(tenantId: string | null, filter: JobFilter, page: PageRequest): Promise<Page<Job>>
  /** In order; for jobs whose selection is a list. */
  items(tenantId: string | null, id: string, page: PageRequest): Promise<Page<JobItem>>
  /** Items under way end first. Throws NX-JOB-NOT-FOUND, NX-JOB-ENDED (conflict). */
  pause(tenantId: string | null, id: string, actor: Actor, reason: string | null): Promise<Job>
  /** Also after it paused itself. Throws as pause. */
  resume(tenantId: string | null, id: string, actor: Actor, reason: string | null): Promise<Job>
  /** What is done stays done. Throws as pause. */
  cancel(tenantId: string | null, id: string, actor: Actor, reason: string | null): Promise<Job>
}
