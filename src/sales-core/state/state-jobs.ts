import type { Actor } from '../../platform/access/actor.ts'
import type { Job, JobPace } from '../../platform/jobs/job.ts'
import type { EntityRef } from '../../messaging/events/event.ts'

/** Which entities of a tenant. */
export interface StateSelection {
  /** null: all workspaces. */
  readonly workspace: string | null
  /** null: all kinds. */
  readonly kind: string | null
  /** Just these, of the workspace; null: all. */
  readonly refs: readonly EntityRef[] | null
  /** So many at random; null: all, at most `jobItemsMax`. */
  readonly sample: number | null
}

/**
 * Jobs over entities and their histories. `entity.verify` compares each row with the fold of its decisions: an item that differs fails.
 * `entity.rebuild` puts the fold in the row's place where they differ, while events come in. Confined to one tenant.
 */
export interface StateJobs {
  count(tenantId: string, selection: StateSelection): Promise<number>
  /** Throws NX-ENTITY-NOT-FOUND (not_found) when nothing matches, NX-JOB-TOO-LARGE. */
  start(
    kind: 'entity.verify' | 'entity.rebuild',
    tenantId: string,
    selection: StateSelection,
    pace: JobPace,
    actor: Actor,
    reason: string | null,
  ): Promise<Job>
}
