import type { NxEvent } from '../../messaging/events/event.ts'
import type { Decision } from '../decide/decision.ts'
import type { EntityState } from '../decide/entity-state.ts'
import type { WorkflowInstance } from '../workflows/workflow-instance.ts'

/** An event as it was recorded. `entitySeq` null: it has no place in its entity's order (recorded only, or the file does not say). */
export interface RecordedEvent extends NxEvent {
  readonly entitySeq: number | null
  /** RFC 3339. */
  readonly acceptedAt: string
}

/** One item of a recording. `unreadable`: something that is no event; `place` says where (`line 17`). */
export type RecordedItem =
  | { readonly state: 'event'; readonly event: RecordedEvent }
  | { readonly state: 'unreadable'; readonly place: string }

/** Events in the order in which they were accepted. Can be read any number of times, and yields the same each time. */
export interface Recording {
  /** In batches of at most `recordingBatchMax`. */
  read(): AsyncIterable<readonly RecordedItem[]>
}

export const recordingBatchMax = 1_000

/** An entity as it was before one of its events. */
export interface StateRequest {
  /** `<workspace>/<kind>/<id>`. */
  readonly entityKey: string
  /** The place of the event in the entity's order. */
  readonly seq: number
}

export type StateBefore =
  | {
      readonly state: 'known'
      readonly entity: EntityState
      readonly instances: readonly WorkflowInstance[]
    }
  /** Fields and scores are known; a workflow was waiting, and what for is not recorded (any more). */
  | { readonly state: 'workflows_unknown'; readonly entity: EntityState }
  /** All is known but this: rules of the entity were waiting, and since which events is not recorded. */
  | {
      readonly state: 'rule_waits_unknown'
      readonly entity: EntityState
      readonly instances: readonly WorkflowInstance[]
    }
  | { readonly state: 'unknown' }

/**
 * States of entities at a point of their past, from what was recorded: never guessed. What cannot be put together exactly is
 * `unknown`.
 */
export interface PastStates {
  /** By entity key, at most `recordingBatchMax` at once. */
  before(requests: readonly StateRequest[]): Promise<ReadonlyMap<string, StateBefore>>
}

/** Nothing is known of any past: a recording from a file. */
export const noPastStates: PastStates = {
  before: async (requests) =>
    Promise.resolve(new Map(requests.map(({ entityKey }) => [entityKey, { state: 'unknown' }]))),
}

/** What was recorded of a tenant's workspace, in one installation. */
export interface RecordedPast {
  /** Accepted from `from` on and before `until`; RFC 3339. */
  recording(window: {
    readonly tenantId: string
    readonly workspace: string
    readonly from: string
    readonly until: string
  }): Recording
  states(tenantId: string): PastStates
  /** The decision about the event at this place of the entity's order; null: it has none (put aside, or not applied yet). */
  decision(tenantId: string, entityKey: string, seq: number): Promise<RecordedDecision | null>
}

/** A decision as it was recorded. */
export interface RecordedDecision extends Pick<Decision, 'configDigest' | 'changes' | 'trace'> {
  readonly eventId: string
  readonly decidedAt: string
}
