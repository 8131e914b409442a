import type { LoggedEvent, NxEvent } from '../../messaging/events/event.ts'
import type { VariableValues } from '../conditions/condition-compiler.ts'
import type { AssignDesk } from '../people/assign-desk.ts'
import type { TaskTurn } from '../people/task-turn.ts'
import { unfilledType } from '../people/task-types.ts'
import type { RuleTrace } from './decision.ts'
import type { Effects } from './effects.ts'
import { EffectRefused, subjectFrom } from './effects.ts'
import type { EntityDraft } from './entity-draft.ts'
import type { MarkDraft } from './marks.ts'

export interface PeopleStage {
  readonly event: LoggedEvent
  /** After rules and workflows. */
  readonly draft: EntityDraft
  readonly values: VariableValues
  readonly desk: AssignDesk
  readonly marks: MarkDraft
  readonly turn: TaskTurn
  readonly effects: Effects
}

export interface PeopleOutcome {
  readonly emitted: readonly NxEvent[]
  readonly failed: readonly RuleTrace[]
  readonly notes: readonly string[]
}

/**
 * What follows from assignments and tasks once an event's changes are all made: assignments that do not count any more are closed,
 * what nobody could take is told, and a task tells the entity that it is about.
 */
export function settlePeople({
  event,
  draft,
  values,
  desk,
  marks,
  turn,
  effects,
}: PeopleStage): PeopleOutcome {
  const emitted: NxEvent[] = []
  const failed: RuleTrace[] = []
  const notes: string[] = []
  desk.settle(draft, marks, ({ name, closedWhen }) => {
    const result = closedWhen.get(event.subject.kind)?.evaluate(values)
    if (result?.state === 'error') notes.push(`closed_when of Team ${name} failed: ${result.message}`)
    return result?.state === 'value' && result.value === true
  })
  for (const [index, { team, field, why, cause }] of desk.unfilled.entries())
    attempt(cause, failed, () => {
      const data = { team, field, why, cause }
      emitted.push(effects.event(unfilledType, event.subject, data, `${cause}/unfilled`, index))
    })
  const { about, reports } = turn
  if (about !== null)
    for (const { type, data } of reports)
      attempt(`task/${event.subject.id}`, failed, () => {
        emitted.push(effects.notice(type, subjectFrom(about), data, type))
      })
  return { emitted, failed, notes: [...turn.notes, ...notes, ...desk.notes] }
}

function attempt(cause: string, failed: RuleTrace[], work: () => void): void {
  try {
    work()
  } catch (refusal) {
    if (!(refusal instanceof EffectRefused)) throw refusal
    failed.push({ rule: cause, outcome: 'failed', code: refusal.code, error: refusal.message })
  }
}
