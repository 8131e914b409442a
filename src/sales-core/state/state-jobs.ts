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
  /** So many at random; null: in the order of their keys. */
  readonly sample: number | null
  /** At most so many, and never more than `jobItemsMax`. */
  readonly max: number
  /** Only those behind this one of the workspace, in the order of their keys; null: from the first on. */
  readonly after: EntityRef | null
}

/** What a job would look at. */
export interface StatePlan {
  readonly entities: number
  /** How many there are, those beyond `max` or outside of the sample as well. */
  readonly matching: number
}

/**
 * Jobs over entities and their histories. `entity.verify` compares each row with the fold of its decisions: an item that differs fails.
 * `entity.rebuild` puts the fold in the row's place where they differ, while events come in. Confined to one tenant.
 */
export interface StateJobs {
  plan(tenantId: string, selection: StateSelection): Promise<StatePlan>
  /** `options.selection.last` of the job: behind which entity another one goes on. Throws NX-ENTITY-NOT-FOUND when nothing matches. */
  start(
    kind: 'entity.verify' | 'entity.rebuild',
    tenantId: string,
    selection: StateSelection,
    pace: JobPace,
    actor: Actor,
    reason: string | null,
  ): Promise<Job>
}
