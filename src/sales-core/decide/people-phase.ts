import type { LoggedEvent, NxEvent } from '../../messaging/events/event.ts'
import type { Readings } from '../conditions/readings.ts'
import type { AssignDesk } from '../people/assign-desk.ts'
import type { TaskTurn } from '../people/task-turn.ts'
import { noTurn } from '../people/task-turn.ts'
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
  readonly readings: Readings
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
  readings,
  desk,
  marks,
  turn,
  effects,
}: PeopleStage): PeopleOutcome {
  if (turn === noTurn && desk.isIdle) return nothing
  const emitted: NxEvent[] = []
  const failed: RuleTrace[] = []
  const notes: string[] = []
  desk.settle(draft, marks, ({ name, closedWhen }) => {
    const condition = closedWhen.get(event.subject.kind)
    const result = condition === undefined ? null : readings.test(condition)
    if (result?.state === 'error') notes.push(`closed_when of Team ${name} failed: ${result.message}`)
    return result?.state === 'value' && result.value === true
  })
  desk.unfilled.forEach(({ team, field, why, cause }, index) => {
    attempt(cause, failed, () => {
      const data = { team, field, why, cause }
      emitted.push(effects.event(unfilledType, event.subject, data, `${cause}/unfilled`, index))
    })
  })
  const { about, reports, notes: turned } = turn
  if (about !== null)
    for (const { type, data } of reports)
      attempt(`task/${event.subject.id}`, failed, () => {
        emitted.push(effects.notice(type, subjectFrom(about), data, type))
      })
  return { emitted, failed, notes: turned.concat(notes, desk.notes) }
}

const nothing: PeopleOutcome = { emitted: [], failed: [], notes: [] }

function attempt(cause: string, failed: RuleTrace[], work: () => void): void {
  try {
    work()
  } catch (refusal) {
    if (!(refusal instanceof EffectRefused)) throw refusal
    failed.push({ rule: cause, outcome: 'failed', code: refusal.code, error: refusal.message })
  }
}
