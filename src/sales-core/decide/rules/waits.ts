import type { LoggedEvent } from '../../../messaging/events/event.ts'
import type { SalesConfig } from '../../compile/sales-config.ts'
import type { Readings } from '../../conditions/readings.ts'
import { timerDueType } from '../../processing/decision-store.ts'
import type { RuleTrace } from '../decision.ts'
import type { MarkDraft } from '../marks.ts'
import type { RuleWait, RuleWaitChange } from '../rule-wait.ts'
import { failedWaitKeptMs, waitsMark, withWaitChanges } from '../rule-wait.ts'

/** The wait that an event says is over: undefined, it is no such event; null, there is none of that name any more. */
export function waitOver(event: LoggedEvent, waits: readonly RuleWait[]): RuleWait | null | undefined {
  if (event.type !== timerDueType || event.origin !== 'timer') return undefined
  const { wait: id } = event.data
  if (typeof id !== 'string') return undefined
  return waits.find((wait) => wait.id === id) ?? null
}

/** What an event that somebody waits for ends: waits of rules that fire unless it comes. */
export function followed(
  event: LoggedEvent,
  waits: readonly RuleWait[],
  config: Pick<SalesConfig, 'rule'>,
  readings: Readings,
): { readonly ended: readonly RuleWait[]; readonly failed: readonly RuleTrace[] } {
  const failed: RuleTrace[] = []
  const ended = waits.filter((wait) => {
    if (wait.kind !== 'absence' || wait.failed) return false
    const rule = config.rule(wait.ref)
    const absence = rule?.memory?.absence
    if (rule === null || absence?.event !== event.type || !isInTime(event, wait)) return false
    const result = absence.where == null ? undefined : readings.test(absence.where)
    if (result?.state === 'error')
      failed.push({ rule: rule.cause, outcome: 'failed', code: result.code, error: result.message })
    return result === undefined || (result.state === 'value' && result.value === true)
  })
  return { ended, failed }
}

/** Timers may be late, and events too: what was accepted in time, or happened in time, came in time. */
function isInTime({ time, acceptedAt }: LoggedEvent, { dueAt }: RuleWait): boolean {
  const due = Date.parse(dueAt)
  return Date.parse(acceptedAt) <= due || Date.parse(time) <= due
}

/**
 * Closes what was kept too long for a replay, and remembers how many waits there are: where there are none, nothing is looked up.
 * Returns all changes.
 */
export function settleWaits(
  waits: readonly RuleWait[],
  changes: readonly RuleWaitChange[],
  marks: MarkDraft,
  now: Date,
): readonly RuleWaitChange[] {
  if (changes.length === 0) return changes
  const keptSince = now.getTime() - failedWaitKeptMs
  const old = withWaitChanges(waits, changes)
    .filter((wait) => wait.failed && Date.parse(wait.dueAt) < keptSince)
    .map((wait): RuleWaitChange => ({ change: 'close', id: wait.id }))
  const all = [...changes, ...old]
  const count = withWaitChanges(waits, all).length
  if (count === 0) marks.drop(waitsMark)
  else if (marks.read(waitsMark) !== count) marks.set(waitsMark, count, null)
  return all
}
