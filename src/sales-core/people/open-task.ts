import { NxError } from '../../kernel/errors.ts'
import { derivedId, isUuid } from '../../kernel/ids.ts'
import type { JsonObject, JsonValue } from '../../kernel/json.ts'
import type { LoggedEvent, NxEvent } from '../../messaging/events/event.ts'
import type { VariableValues } from '../conditions/condition-compiler.ts'
import type { Effects } from '../decide/effects.ts'
import { EffectRefused } from '../decide/effects.ts'
import type { EntityDraft } from '../decide/entity-draft.ts'
import type { Template } from '../templates/template.ts'
import type { Calendars } from '../time/calendars.ts'
import type { AssignDesk, TeamDirectory } from './assign-desk.ts'
import type { CompiledTask, CompiledTo } from './compiled-people.ts'
import { textOf } from './task-state.ts'
import { taskEvents, taskKind } from './task-types.ts'

/** A `task` of a rule or a step that is to be made. */
export interface TaskAsk {
  readonly task: CompiledTask
  /** `RuleSet/x#y`, `Workflow/x#step`. */
  readonly cause: string
  /** Tells the effects of one rule or advance apart. */
  readonly ordinal: number
  readonly instance: { readonly id: string; readonly seq: number } | null
}

/** What a task is made from: the event, the entity that it is about, the texts' values. */
export interface TaskPlace {
  readonly event: LoggedEvent
  readonly draft: EntityDraft
  readonly values: VariableValues
  readonly config: Pick<Calendars, 'calendar'> & Pick<TeamDirectory, 'hoursOf'>
  readonly desk: AssignDesk
  readonly effects: Effects
  readonly now: Date
}

/** A task on its way. */
export interface OpenedTask {
  /** Of the entity `task/<id>`; `task.closed` names it as `task`. */
  readonly id: string
  /** `task.created`, to be emitted. */
  readonly event: NxEvent
}

/**
 * Makes a task: an event `task.created` about an entity of its own. When there is nobody to take it, it is made without anybody, and
 * the desk is told.
 * Throws EffectRefused when a text or a time cannot be made, or the chain is too deep.
 */
export function openTask(ask: TaskAsk, place: TaskPlace): OpenedTask {
  const { event, desk } = place
  const { id: eventId, tenantId } = event
  const { cause, instance } = ask
  const id = derivedId(
    'task',
    tenantId,
    eventId,
    cause,
    String(ask.ordinal),
    instance?.id ?? '',
    String(instance?.seq ?? ''),
  )
  const data = dataOf(ask, place, desk.fork())
  // The id tells instances of one workflow apart, that one event moves in one step.
  const created = place.effects.event(taskEvents.created, { kind: taskKind, id }, data, id, 0)
  // Only now is it certain that there will be a task: whom a team gives it to is counted.
  const { to } = ask.task
  const whom = whomOf(to, place, desk, null)
  if (whom.to === null) {
    desk.note(`${cause}: its task is for nobody: ${whom.why}`)
    if (to.kind === 'team') desk.refuse(to.team, 'to', whom.why, cause)
  }
  return { id, event: created }
}

/** Is it the event by which `openTask` made a task? Its id follows from the task's; nothing else that says `task.created` has it. */
export function isOpened({ id, tenantId, origin, causationId, subject }: LoggedEvent): boolean {
  if (origin !== 'emitted' || causationId === null || !isUuid(subject.id)) return false
  return id === derivedId('emit', tenantId, causationId, subject.id, '0')
}

function dataOf({ task, cause }: TaskAsk, place: TaskPlace, desk: AssignDesk): JsonObject {
  const { event, values, now } = place
  const { to, team } = whomOf(task.to, place, desk, null)
  const later = clockOf(task, to, place)
  const due = task.dueMs === null ? null : later(now.getTime(), task.dueMs)
  let atMs = due ?? now.getTime()
  const ladder = task.ladder.map((rung): JsonValue => {
    atMs = later(atMs, rung.afterMs)
    const at = new Date(atMs).toISOString()
    if (rung.to.kind === 'team') return { at, team: rung.to.team, pick: { ...rung.to.pick } }
    return { at, to: whomOf(rung.to, place, desk, { team, rep: to }).to }
  })
  return {
    title: rendered(task.title, values) ?? '',
    text: task.text === null ? undefined : (rendered(task.text, values) ?? undefined),
    to: to ?? undefined,
    team: team ?? undefined,
    for: `${event.subject.kind}/${event.subject.id}`,
    due: due === null ? undefined : new Date(due).toISOString(),
    cause,
    ladder: ladder.length === 0 ? undefined : ladder,
  }
}

interface Whom {
  readonly to: string | null
  /** The team that it was picked from. */
  readonly team: string | null
  /** Why it is nobody. */
  readonly why: string
}

/** `holder`: who has the task, for rungs; null: nobody yet, so that `manager` is the one of the entity's owner. */
function whomOf(
  to: CompiledTo,
  { draft, values }: TaskPlace,
  desk: AssignDesk,
  holder: { readonly team: string | null; readonly rep: string | null } | null,
): Whom {
  switch (to.kind) {
    case 'rep':
      return { to: to.rep, team: null, why: '' }
    case 'field':
      return { to: textOf(draft.read(to.field)), team: null, why: `${to.field} is empty` }
    case 'text':
      return { to: rendered(to.text, values), team: null, why: `'${to.text.source}' is empty` }
    case 'manager': {
      const rep = holder === null ? textOf(draft.read('owner')) : holder.rep
      const manager = desk.managerOf(holder?.team ?? null, rep)
      return { to: manager, team: null, why: `no Team of ${rep ?? 'its owner'} names a manager` }
    }
    case 'team': {
      const { rep, why } = desk.pick(to.team, to.pick, null)
      return { to: rep, team: rep === null ? null : to.team, why }
    }
  }
}

/** Adds a duration on the task's clock. */
function clockOf(
  { clock, calendar }: CompiledTask,
  to: string | null,
  { config }: TaskPlace,
): (fromMs: number, ms: number) => number {
  if (clock === 'wall') return (fromMs, ms) => fromMs + ms
  const hours =
    calendar === null
      ? ((to === null ? null : config.hoursOf(to)) ?? config.calendar(null))
      : config.calendar(calendar)
  if (hours === null) {
    const missing =
      calendar === null ? 'no Calendar says the business hours' : `there is no Calendar ${calendar}`
    throw new EffectRefused('NX-TASK-CALENDAR', `The task cannot be timed: ${missing}`)
  }
  return (fromMs, ms) => {
    try {
      return hours.addBusinessMs(fromMs, ms)
    } catch (error) {
      if (error instanceof NxError) throw new EffectRefused(error.code, error.message)
      throw error
    }
  }
}

function rendered(template: Template, values: VariableValues): string | null {
  const result = template.render(values)
  if (result.state === 'error') throw new EffectRefused(result.code, result.message)
  const { value } = result
  return value == null || value === '' ? null : typeof value === 'string' ? value : JSON.stringify(value)
}
