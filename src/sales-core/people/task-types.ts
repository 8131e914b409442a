import type { EventTypeInfo } from '../compile/type-catalog.ts'
import type { StructType } from '../types/field-type.ts'
import { jsonType, scalar, structOf } from '../types/field-type.ts'

/** The kind of entity that a task is. */
export const taskKind = 'task'
/** The kind of entity that stands for a member of a team. */
export const repKind = 'rep'

export const taskEvents = {
  /** Of the task itself. */
  created: 'task.created',
  completed: 'task.completed',
  cancelled: 'task.cancelled',
  reassigned: 'task.reassigned',
  /** Its time has come: it is due, or a rung of its ladder is. Only the system's own timers count. */
  due: 'task.due',
  /** Of the entity that the task is about. */
  overdue: 'task.overdue',
  escalated: 'task.escalated',
  closed: 'task.closed',
} as const

/** A member signs on or off: `rep/<name>`. */
export const repAvailabilityType = 'rep.availability'
/** Nobody of a team may take an entity. */
export const unfilledType = 'assign.unfilled'

const optional = scalar('string', true)
const moment = scalar('timestamp', true)

/** What is known of a task, beside what an EntityType `task` adds. */
export const taskFields: StructType = structOf({
  title: scalar('string'),
  text: optional,
  /** Who has it; absent: nobody. */
  to: optional,
  /** The team that it was picked from: it counts there until the task is closed. */
  team: optional,
  /** The entity that it is about: `lead/42`. */
  for: optional,
  status: scalar('string'),
  due: moment,
  overdue: scalar('bool'),
  cause: optional,
  result: optional,
  closed_by: optional,
  opened_at: moment,
  closed_at: moment,
  /** What becomes of it while it stays open, in order: `[{ at, to }]` or `[{ at, team, by, available, skills }]`. */
  ladder: jsonType,
  /** How many of its times (due, then each rung) have come. */
  rung: scalar('int'),
})

/** What is known of a member of a team, beside what an EntityType `rep` adds. */
export const repFields: StructType = structOf({ available: { ...scalar('bool'), defaultValue: true } })

/** Kinds of entity that are there without an EntityType. */
export const builtInEntities: ReadonlyMap<string, StructType> = new Map([
  [taskKind, taskFields],
  [repKind, repFields],
])

const aboutTask = { task: scalar('string'), title: scalar('string') }

/** The events of tasks, assignments and members. Those of a task change it as src/sales-core/people/task-turn.ts says. */
export const peopleEvents: readonly EventTypeInfo[] = [
  event(taskEvents.created, taskKind, {
    title: scalar('string'),
    text: optional,
    to: optional,
    team: optional,
    for: optional,
    due: moment,
    cause: optional,
    ladder: jsonType,
  }),
  event(taskEvents.completed, taskKind, { by: optional, outcome: optional }),
  event(taskEvents.cancelled, taskKind, { by: optional, reason: optional }),
  event(taskEvents.reassigned, taskKind, { to: optional, team: optional, by: optional }),
  event(taskEvents.due, taskKind, { rung: scalar('int') }),
  event(taskEvents.overdue, null, { ...aboutTask, to: optional, due: moment }),
  event(taskEvents.escalated, null, { ...aboutTask, to: optional, from: optional, rung: scalar('int') }),
  event(taskEvents.closed, null, {
    ...aboutTask,
    status: scalar('string'),
    to: optional,
    by: optional,
    outcome: optional,
    cause: optional,
  }),
  event(repAvailabilityType, repKind, { available: scalar('bool') }),
  event(unfilledType, null, {
    team: scalar('string'),
    field: scalar('string'),
    why: scalar('string'),
    cause: scalar('string'),
  }),
]

function event(type: string, folds: string | null, fields: Parameters<typeof structOf>[0]): EventTypeInfo {
  return { type, folds, builtIn: true, data: structOf(fields) }
}

/** A declared kind with what the system itself keeps of it. */
export function withBuiltInFields(kind: string, declared: StructType): StructType {
  const own = builtInEntities.get(kind)
  return own === undefined ? declared : { ...declared, fields: new Map([...declared.fields, ...own.fields]) }
}
