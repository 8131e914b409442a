import type { JsonObject, JsonValue } from '../../kernel/json.ts'
import type { LoggedEvent } from '../../messaging/events/event.ts'
import type { EntityDraft } from '../decide/entity-draft.ts'
import type { AssignDesk } from './assign-desk.ts'
import { isOpened } from './open-task.ts'
import type { TaskRung, TaskState } from './task-state.ts'
import { nextTaskTime, taskState, textOf } from './task-state.ts'
import { taskEvents, taskKind } from './task-types.ts'

/** What a task tells the entity that it is about. */
export interface TaskReport {
  readonly type: string
  readonly data: JsonObject
}

/** What an event of a task led to, beside its fields. */
export interface TaskTurn {
  /** `lead/42`; null: the task is about nothing, and tells nobody. */
  readonly about: string | null
  readonly reports: readonly TaskReport[]
  readonly notes: readonly string[]
}

/** Nothing happened to a task. */
export const noTurn: TaskTurn = Object.freeze({ about: null, reports: [], notes: [] })
const by = 'task'
/** Fields of a task, whoever creates it. */
const createdFields = ['title', 'text', 'to', 'for', 'due'] as const
/** Why it is there, and who gets it next: of a task that a rule or a step made. */
const madeFields = ['cause', 'ladder'] as const

/**
 * Folds an event of a task into it. A task is made once and closed once: what comes after that changes nothing, and a note says so.
 * A team's member counts as having it until it is closed or somebody else's: `desk` collects that. Pure.
 */
export function taskTurn(event: LoggedEvent, draft: EntityDraft, desk: AssignDesk): TaskTurn {
  if (event.subject.kind !== taskKind) return noTurn
  const task = taskState(draft.fields)
  if (event.type === taskEvents.created) return created(event, draft, task)
  switch (event.type) {
    case taskEvents.completed:
    case taskEvents.cancelled:
    case taskEvents.reassigned:
    case taskEvents.due:
      break
    default:
      return noTurn
  }
  if (task === null) return note('There is no such task (yet): nothing follows')
  if (task.status !== 'open') return note(`The task is ${task.status} already: nothing follows`)
  if (event.type === taskEvents.reassigned) return reassigned(event, draft, task, desk)
  if (event.type === taskEvents.due) return due(event, draft, task, desk)
  return closed(event, draft, task, desk)
}

function created(event: LoggedEvent, draft: EntityDraft, before: TaskState | null): TaskTurn {
  if (before !== null) return note('The task is there already: nothing follows')
  for (const field of createdFields) set(draft, field, event.data[field] ?? null)
  const isMade = isOpened(event)
  // Only the decision that picked a member counted it: who else sends such an event names a person at most.
  set(draft, 'team', isMade ? (event.data['team'] ?? null) : null)
  const keeps = isMade || event.origin === 'replay'
  for (const field of madeFields) set(draft, field, keeps ? (event.data[field] ?? null) : null)
  set(draft, 'status', 'open')
  set(draft, 'rung', 0)
  set(draft, 'opened_at', event.acceptedAt)
  return noTurn
}

function closed(event: LoggedEvent, draft: EntityDraft, task: TaskState, desk: AssignDesk): TaskTurn {
  const status = event.type === taskEvents.completed ? 'done' : 'cancelled'
  const result = textOf(event.data[status === 'done' ? 'outcome' : 'reason'])
  const closedBy = textOf(event.data['by'])
  set(draft, 'status', status)
  set(draft, 'result', result)
  set(draft, 'closed_by', closedBy)
  set(draft, 'closed_at', event.acceptedAt)
  leave(task, desk)
  const data = {
    ...about(event, task),
    status,
    to: task.to,
    by: closedBy,
    outcome: result,
    cause: task.cause,
  }
  return { about: task.about, reports: [{ type: taskEvents.closed, data }], notes: [] }
}

function reassigned(event: LoggedEvent, draft: EntityDraft, task: TaskState, desk: AssignDesk): TaskTurn {
  const team = textOf(event.data['team'])
  const to = textOf(event.data['to'])
  if (team === null && to === null) return note('task.reassigned names neither a person nor a team')
  const rung = team === null ? { at: '', to } : { at: '', team, pick: anybody }
  const why = handOver(rung, draft, task, desk)
  return why === null ? noTurn : { about: null, reports: [], notes: [why] }
}

const anybody = { by: 'round_robin', onlyAvailable: false, skills: [] } as const

/** A time of the task has come. A timer that was made before the task moved on is stale. */
function due(event: LoggedEvent, draft: EntityDraft, task: TaskState, desk: AssignDesk): TaskTurn {
  if (event.origin !== 'timer' || event.data['rung'] !== task.rung || nextTaskTime(task) === null)
    return note('The timer is stale: the task went on without it')
  set(draft, 'rung', task.rung + 1)
  const hasDue = task.due !== null
  if (hasDue && task.rung === 0) {
    set(draft, 'overdue', true)
    const data = { ...about(event, task), to: task.to, due: task.due }
    return { about: task.about, reports: [{ type: taskEvents.overdue, data }], notes: [] }
  }
  const index = task.rung - (hasDue ? 1 : 0)
  const rung = task.ladder[index]
  if (rung === undefined) return noTurn
  const why = handOver(rung, draft, task, desk)
  const to = textOf(draft.read('to'))
  const data = { ...about(event, task), to, from: task.to, rung: index + 1 }
  return {
    about: task.about,
    reports: [{ type: taskEvents.escalated, data }],
    notes: why === null ? [] : [why],
  }
}

/** Gives the task to somebody else. Returns why it stays where it is; null: it does not. */
function handOver(rung: TaskRung, draft: EntityDraft, task: TaskState, desk: AssignDesk): string | null {
  if ('team' in rung) {
    const { rep, why } = desk.pick(rung.team, rung.pick, task.to)
    if (rep === null) return `The task stays with ${task.to ?? 'nobody'}: ${why}`
    leave(task, desk)
    set(draft, 'to', rep)
    set(draft, 'team', rung.team)
    return null
  }
  if (rung.to === null)
    return `The task stays with ${task.to ?? 'nobody'}: the one it should go to is not known`
  if (rung.to === task.to) return null
  leave(task, desk)
  set(draft, 'to', rung.to)
  set(draft, 'team', null)
  return null
}

function leave({ to, team }: TaskState, desk: AssignDesk): void {
  if (to !== null && team !== null) desk.close({ team, rep: to })
}

function about({ subject }: LoggedEvent, { title }: TaskState): { task: string; title: string } {
  return { task: subject.id, title }
}

function set(draft: EntityDraft, field: string, value: JsonValue): void {
  draft.set(field, value, by)
}

function note(text: string): TaskTurn {
  return { about: null, reports: [], notes: [text] }
}
