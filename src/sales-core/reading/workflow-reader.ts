import type { Page, PageRequest } from '../../messaging/reading/event-reader.ts'
import type { WorkflowInstance } from '../workflows/workflow-instance.ts'

export type InstanceStatus = 'waiting' | 'done' | 'failed'

/** How many instances of a definition are somewhere. One that waits in several branches counts in each. */
export interface InstanceCount {
  readonly workflow: string
  readonly definitionDigest: string
  readonly status: InstanceStatus
  /** Where they wait; null: they have ended, or only finish something beside their steps. */
  readonly step: string | null
  readonly count: number
}

/** How many wait at a step. */
export type StepCount = Omit<InstanceCount, 'status' | 'step'> & { readonly step: string }

/** A workflow as a whole: its instances, each counted once. */
export interface InstanceTotal {
  readonly workflow: string
  readonly status: InstanceStatus
  readonly count: number
}

/** An instance as lists show it. Times are RFC 3339, UTC. */
export interface InstanceView {
  readonly id: string
  readonly workflow: string
  readonly definitionDigest: string
  /** `lead/42` */
  readonly entity: string
  readonly status: InstanceStatus
  /** Where it waits, or failed. */
  readonly steps: readonly string[]
  /** When it goes on by itself; null: never, or its time has come. */
  readonly wakeAt: string | null
  readonly startedAt: string
}

export interface InstanceFilter {
  readonly workflow: string
  readonly status: InstanceStatus
  /** Only those that wait, or failed, there. */
  readonly step?: string
}

/** One instance with everything that is known of it. */
export interface InstanceDetail {
  readonly workspace: string
  readonly instance: WorkflowInstance
  readonly wakeAt: string | null
}

/** Which instance, and whose. */
export type InstanceKey = Pick<WorkflowInstance, 'id' | 'workflow'> & Pick<InstanceDetail, 'workspace'>

/** An earlier point of an instance's life, as the decisions of its entity recorded it. */
export interface InstanceMove {
  readonly at: string
  readonly eventId: string
  readonly eventType: string
  readonly from: string | null
  readonly to: string
  readonly ran: readonly string[]
}

/** The read side of workflow instances. Confined to one tenant by row-level security. */
export interface WorkflowReader {
  /** Of one workspace, by workflow, definition, status and step. */
  counts(
    tenantId: string,
    workspace: string,
    workflow: string | null,
  ): Promise<{ readonly places: readonly InstanceCount[]; readonly totals: readonly InstanceTotal[] }>
  /** Of one workspace, only those that wait at a step: what has ended is not read. */
  waiting(tenantId: string, workspace: string): Promise<readonly StepCount[]>
  /** Oldest first. */
  list(
    tenantId: string,
    workspace: string,
    filter: InstanceFilter,
    page: PageRequest,
  ): Promise<Page<InstanceView>>
  instance(tenantId: string, id: string): Promise<InstanceDetail | null>
  /** Those of the ids that there are, in no order. */
  instances(tenantId: string, ids: readonly string[]): Promise<readonly InstanceKey[]>
  /** Its moves, oldest first: at most `max`, the newest ones. */
  moves(tenantId: string, instance: WorkflowInstance, max: number): Promise<readonly InstanceMove[]>
  /** At most so many that wait at a step, for a plan to try out. */
  sample(
    tenantId: string,
    workspace: string,
    at: { readonly workflow: string; readonly definitionDigest: string; readonly step: string },
    max: number,
  ): Promise<readonly WorkflowInstance[]>
}
