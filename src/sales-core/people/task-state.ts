import type { JsonObject, JsonValue } from '../../kernel/json.ts'
import { isJsonObject } from '../../kernel/json.ts'
import type { PickRule } from './compiled-people.ts'

/** Rungs that a task's ladder has at most. */
export const rungsMax = 20

/** Whether somebody still has to do it. */
export type TaskStatus = 'open' | 'done' | 'cancelled'

/** One rung as a task keeps it: when, and who gets it then. */
export type TaskRung =
  | { readonly at: string; readonly to: string | null }
  | { readonly at: string; readonly team: string; readonly pick: PickRule }

/** A task as its fields say it. */
export interface TaskState {
  readonly status: TaskStatus
  readonly title: string
  readonly to: string | null
  readonly team: string | null
  /** `lead/42`; null: about nothing. */
  readonly about: string | null
  readonly due: string | null
  readonly ladder: readonly TaskRung[]
  /** How many of its times have come. */
  readonly rung: number
  readonly cause: string | null
}

/** Reads the fields of an entity `task`; null: nobody has made it (yet). */
export function taskState(fields: JsonObject): TaskState | null {
  const { status, rung } = fields
  if (status !== 'open' && status !== 'done' && status !== 'cancelled') return null
  return {
    status,
    title: textOf(fields['title']) ?? '',
    to: textOf(fields['to']),
    team: textOf(fields['team']),
    about: textOf(fields['for']),
    due: textOf(fields['due']),
    ladder: rungsOf(fields['ladder']),
    rung: typeof rung === 'number' ? rung : 0,
    cause: textOf(fields['cause']),
  }
}

/** When something becomes of a task by itself: it is due, then each rung, in order. */
export function taskTimes({ due, ladder }: Pick<TaskState, 'due' | 'ladder'>): readonly string[] {
  return [...(due === null ? [] : [due]), ...ladder.map(({ at }) => at)]
}

/** The next of them; null: there is none, or the task is closed. */
export function nextTaskTime(task: TaskState): string | null {
  return task.status === 'open' ? (taskTimes(task)[task.rung] ?? null) : null
}

/** The rungs in an event's data or a task's fields; what is none is left out. */
export function rungsOf(value: JsonValue | undefined): readonly TaskRung[] {
  if (!Array.isArray(value)) return []
  return (value as readonly JsonValue[]).slice(0, rungsMax).flatMap((entry): TaskRung[] => {
    if (!isJsonObject(entry)) return []
    const at = textOf(entry['at'])
    if (at === null || Number.isNaN(Date.parse(at))) return []
    const team = textOf(entry['team'])
    if (team === null) return [{ at, to: textOf(entry['to']) }]
    return [{ at, team, pick: pickOf(entry['pick']) }]
  })
}

function pickOf(value: JsonValue | undefined): PickRule {
  const { by, onlyAvailable, skills } = isJsonObject(value) ? value : {}
  return {
    by: by === 'least_busy' ? 'least_busy' : 'round_robin',
    onlyAvailable: onlyAvailable === true,
    skills: Array.isArray(skills) ? skills.filter((skill) => typeof skill === 'string') : [],
  }
}

/** A text that says something. */
export function textOf(value: JsonValue | undefined): string | null {
  return typeof value === 'string' && value !== '' ? value : null
}

/** A task for `task list` and for its next timer; null: the entity is no task (yet). */
export interface TaskRecord {
  readonly status: TaskStatus
  readonly assignee: string | null
  readonly team: string | null
  readonly about: string | null
  readonly dueAt: string | null
  /** When something becomes of it by itself. */
  readonly nextAt: string | null
  readonly rung: number
}

/** What is listed of a task: a part of its fields. */
export function taskRecord(fields: JsonObject): TaskRecord | null {
  const task = taskState(fields)
  if (task === null) return null
  const { status, to: assignee, team, about: subject, due: dueAt, rung } = task
  return { status, assignee, team, about: subject, dueAt, nextAt: nextTaskTime(task), rung }
}
