import type { Actor } from '../access/actor.ts'
import type { Job, JobPace } from './job.ts'

/** Which part of the log goes to the bus once more. Times are those at which the events were accepted. */
export interface OutboxSelection {
  /** RFC 3339, inclusive. */
  readonly since: string
  /** RFC 3339, exclusive. */
  readonly until: string
  readonly type?: string
  readonly entity?: { readonly workspace: string; readonly kind: string; readonly id: string }
}

export interface OutboxReplayPlan {
  /** Events of the selection that travel the bus and are published already. */
  readonly total: number
  /** Those of them that are applied: the consumer will suppress them. */
  readonly applied: number
  readonly estimatedMs: number | null
}

/** Publishes what is in the log to the bus again. Has no second effect: what is applied is suppressed and counted. */
export interface OutboxReplays {
  /** Tenant null: all tenants, for actors of the installation. */
  plan(tenantId: string | null, selection: OutboxSelection, pace: JobPace): Promise<OutboxReplayPlan>
  /** Makes the job; a daemon carries it out. Throws NX-OUTBOX-EMPTY (not_found) when nothing matches. */
  start(
    tenantId: string | null,
    selection: OutboxSelection,
    pace: JobPace,
    actor: Actor,
    reason: string,
  ): Promise<Job>
}
