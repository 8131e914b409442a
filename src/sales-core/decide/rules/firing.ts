import type { LoggedEvent } from '../../../messaging/events/event.ts'
import type { CompiledRule } from '../../rules/compiled-rule.ts'
import type { Mark } from '../marks.ts'
import type { RuleWait, WaitEvent } from '../rule-wait.ts'

/** A rule that fires, and what it is about. */
export interface Firing {
  readonly rule: CompiledRule
  /** What its conditions and texts see as the event: the one at hand, or the one that it waited after. */
  readonly event: LoggedEvent
  /** The wait that is over; null: it fires at once. */
  readonly wait: RuleWait | null
  /** What the entity remembers of it when it succeeds. */
  readonly marks: readonly MarkWrite[]
}

/** `to: null` forgets. */
export interface MarkWrite {
  readonly key: string
  readonly to: Mark | null
}

/** An event as a rule that waits after it keeps it. */
export function waitEventOf(event: LoggedEvent): WaitEvent {
  const { id, type, source, subject, time, depth, data } = event
  return { id, type, source, subject: `${subject.kind}/${subject.id}`, time, depth, data }
}

/** The event that a wait was opened by, in the place of its timer's. */
export function eventOfWait(timer: LoggedEvent, wait: RuleWait): LoggedEvent {
  const { id, type, source, time, depth, data } = wait.event
  return { ...timer, id, type, source, time, depth, data }
}
