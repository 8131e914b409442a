import { derivedId } from '../../kernel/ids.ts'
import { entityKey } from '../../messaging/events/entity-key.ts'
import type { EntityRef, NxEvent } from '../../messaging/events/event.ts'
import type { EntityState } from '../decide/entity-state.ts'
import { nextTaskTime, taskState } from './task-state.ts'
import { taskEvents, taskKind } from './task-types.ts'

/** A time of a task that has come. */
export interface TaskTimer {
  readonly tenantId: string
  readonly workspace: string
  readonly ref: EntityRef
  /** How many of its times had come before. */
  readonly rung: number
  /** Of the event that made the task. */
  readonly correlationId: string
  readonly openedBy: string | null
}

/** The event that a time of a task becomes: the same however often it is made. A timer starts a chain anew. `time`: RFC 3339, UTC. */
export function taskTimerEvent(timer: TaskTimer, time: string): NxEvent {
  const { tenantId, workspace, ref, rung } = timer
  const key = entityKey(workspace, ref)
  const id = derivedId('task-timer', tenantId, key, String(rung))
  return {
    id,
    tenantId,
    workspace,
    type: taskEvents.due,
    subject: ref,
    source: 'neuronx/tasks',
    externalId: `${key}#${rung}`,
    time,
    data: { rung },
    origin: 'timer',
    correlationId: timer.correlationId,
    causationId: timer.openedBy,
    rootId: id,
    depth: 0,
  }
}

/** The open task among these entities whose time comes first, until a time; null: there is none. */
export function nextTaskTimer(
  entities: Iterable<EntityState>,
  untilMs: number,
): { readonly entity: EntityState; readonly rung: number; readonly dueMs: number } | null {
  let first: { readonly entity: EntityState; readonly rung: number; readonly dueMs: number } | null = null
  for (const entity of entities) {
    if (entity.ref.kind !== taskKind) continue
    const task = taskState(entity.fields)
    const next = task === null ? null : nextTaskTime(task)
    if (task === null || next === null) continue
    const dueMs = Date.parse(next)
    if (dueMs > untilMs) continue
    if (
      first === null ||
      dueMs < first.dueMs ||
      (dueMs === first.dueMs && entity.ref.id < first.entity.ref.id)
    )
      first = { entity, rung: task.rung, dueMs }
  }
  return first
}
