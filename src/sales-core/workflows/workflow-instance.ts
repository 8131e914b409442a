import type { JsonObject } from '../../kernel/json.ts'

/** Why an instance is not moving. */
export type InstanceWait =
  | { readonly kind: 'timer'; readonly until: string }
  | {
      readonly kind: 'event'
      readonly eventType: string
      /** CEL source of `where`, null for any; evaluated with the definition the instance is pinned to. */
      readonly where: string | null
      /** When the wait gives up; null waits for ever. RFC 3339. */
      readonly until: string | null
    }

/** A run of a workflow for one entity. Asleep it is a row and no memory. */
export type InstanceState =
  | { readonly status: 'waiting'; readonly stepId: string; readonly wait: InstanceWait }
  | { readonly status: 'done'; readonly endedAt: string }
  | { readonly status: 'failed'; readonly endedAt: string; readonly stepId: string; readonly error: string }

export interface WorkflowInstance {
  /** derivedId of tenant, workflow, entity and the starting event. */
  readonly id: string
  readonly workflow: string
  /** Digest of the Workflow document it was started with; it stays on it. */
  readonly definitionDigest: string
  readonly entityKey: string
  readonly state: InstanceState
  /** Grows with every advance; a timer or command of an older seq is stale. */
  readonly seq: number
  readonly vars: JsonObject
  readonly startedByEventId: string
  readonly startedAt: string
  /** Steps run so far. */
  readonly steps: number
}
