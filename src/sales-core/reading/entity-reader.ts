import type { Page, PageRequest } from '../../messaging/reading/event-reader.ts'
import type { Decision } from '../decide/decision.ts'
import type { EntityState } from '../decide/entity-state.ts'
import type { WorkflowInstance } from '../workflows/workflow-instance.ts'

export interface EntityView extends EntityState {
  readonly entityKey: string
  readonly createdAt: string
  readonly updatedAt: string
  readonly instances: readonly WorkflowInstance[]
}

/** One step of an entity's history: what an event changed. */
export interface HistoryEntry extends Pick<Decision, 'configDigest' | 'changes' | 'trace'> {
  readonly eventId: string
  readonly eventType: string
  readonly version: number
  readonly at: string
}

/** The read side of entities. Confined to one tenant by row-level security. */
export interface EntityReader {
  /** In the order of their keys. */
  list(tenantId: string, workspace: string, kind: string, page: PageRequest): Promise<Page<EntityView>>
  byId(tenantId: string, workspace: string, ref: { kind: string; id: string }): Promise<EntityView | null>
  /** Newest first. */
  history(
    tenantId: string,
    workspace: string,
    ref: { kind: string; id: string },
    page: PageRequest,
  ): Promise<Page<HistoryEntry>>
}
