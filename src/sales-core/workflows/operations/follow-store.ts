/** A workflow that has had instances in a workspace, and what those in flight were last brought to. */
export interface FollowedWorkflow {
  readonly tenantId: string
  readonly workspace: string
  readonly workflow: string
  /** '': it was not looked at yet. */
  readonly definitionDigest: string
  /** Of the calendars; '': not looked at yet. */
  readonly timesDigest: string
  /** The job that brings them there has not ended. */
  readonly isBusy: boolean
}

/** Which instances in flight have to be asked. */
export type FollowScope =
  /** Nobody: they stay as they are. */
  | 'none'
  /** Those that run by another definition. */
  | 'others'
  /** All that wait: the times themselves have changed. */
  | 'all'

export interface FollowTarget {
  readonly definitionDigest: string
  readonly timesDigest: string
  readonly scope: FollowScope
  /** Instances a second at most. */
  readonly perSecond: number
}

export interface FollowBegun {
  /** null: nobody has to be asked. */
  readonly jobId: string | null
  readonly asked: number
  /** Are all of them asked by this job? If not, another one follows when it has ended. */
  readonly complete: boolean
}

/** Brings instances in flight to the active definitions, by jobs. */
export interface FollowStore {
  /** Of all tenants, at most `max`, in the order of their keys, after that one. */
  known(max: number, after: FollowedWorkflow | null): Promise<readonly FollowedWorkflow[]>
  /** Makes the job and records the target in one transaction. null: somebody else did, or the job before has not ended. */
  begin(at: FollowedWorkflow, target: FollowTarget): Promise<FollowBegun | null>
}
