import type { Page, PageRequest } from '../../messaging/reading/event-reader.ts'
import type { TaskStatus } from '../people/task-state.ts'

/** A task as lists show it. Times are RFC 3339, UTC. */
export interface TaskView {
  readonly id: string
  readonly title: string
  readonly status: TaskStatus
  /** Who has it; null: nobody. */
  readonly assignee: string | null
  /** The team that it counts in. */
  readonly team: string | null
  /** `lead/42`; null: about nothing. */
  readonly about: string | null
  readonly dueAt: string | null
  readonly openedAt: string
}

export interface TaskFilter {
  readonly status: TaskStatus
  /** null: anybody's. */
  readonly assignee: string | null
}

/** The read side of tasks. Confined to one tenant by row-level security. */
export interface TaskReader {
  /** Those due first first; without a time last. */
  list(tenantId: string, workspace: string, filter: TaskFilter, page: PageRequest): Promise<Page<TaskView>>
}
