import type { JsonObject } from '../../../kernel/json.ts'
import type { Actor } from '../../../platform/access/actor.ts'
import type { Job, JobPace } from '../../../platform/jobs/job.ts'

/** Which instances of one workspace. All conditions given must hold; `ids` stands alone. */
export interface InstanceSelection {
  readonly ids?: readonly string[]
  readonly workflow?: string
  /** Only those that wait at this step, or failed at it. */
  readonly step?: string
  /** Only those pinned to a definition whose digest begins so. */
  readonly definition?: string
  /** RFC 3339, exclusive: started before then. */
  readonly startedBefore?: string
  /** At most so many, oldest first. */
  readonly max?: number
}

/** What is asked of each of them. */
export type InstanceAction =
  | { readonly kind: 'cancel' }
  /** `step`: begin there; null: where it failed. */
  | { readonly kind: 'retry'; readonly step: string | null }
  | { readonly kind: 'signal'; readonly event: string; readonly data: JsonObject }

/** What a bulk action would meet; nothing has happened. */
export interface InstancePlan {
  readonly total: number
  /** How many would be left alone, by reason: `{"has ended": 2}`. */
  readonly skipped: Readonly<Record<string, number>>
  readonly byWorkflow: Readonly<Record<string, number>>
  /** By the first step at which they are. */
  readonly byStep: Readonly<Record<string, number>>
  /** At the given rate; null when it has none. */
  readonly estimatedMs: number | null
  /** Up to 20 ids, in the order in which they would be worked on. */
  readonly firstIds: readonly string[]
}

/**
 * What people do with workflow instances. Each thing becomes an event of the instance's entity, through the log and in its order, by a
 * job that records who asked and why. Confined to one tenant.
 */
export interface WorkflowOperations {
  plan(
    place: { readonly tenantId: string; readonly workspace: string },
    selection: InstanceSelection,
    action: InstanceAction,
    pace: JobPace,
  ): Promise<InstancePlan>
  /** Freezes the selection and makes the job. Throws NX-WORKFLOW-INSTANCE-NOT-FOUND when nothing matches, NX-JOB-TOO-LARGE. */
  start(
    place: { readonly tenantId: string; readonly workspace: string },
    selection: InstanceSelection,
    action: InstanceAction,
    pace: JobPace,
    actor: Actor,
    reason: string,
  ): Promise<Job>
}
